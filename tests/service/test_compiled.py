"""Documents that were compiled are kept for the next process, and nothing else is ever used."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from gardefou.constitution import standard_text
from gardefou.decide import Guard
from gardefou.errors import LoadError
from gardefou.recording import Layer
from gardefou.service import Compiled, compiled
from gardefou.service import _compiled as module

LAYERS = (Layer("standard.md", standard_text()),)
TOOLS = (
    Layer("tools.yaml", "catalogue: 1\ntools:\n  pay:\n    effects: [pays]\n"),
    Layer("more.yaml", "catalogue: 1\ntools:\n  look:\n    effects: [reads]\n"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "gardefou" / "policies"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often documents were really compiled."""
    seen: list[int] = []
    real = module._compile

    def counted(layers: tuple[Layer, ...], catalogues: tuple[Layer, ...]) -> Compiled:
        seen.append(len(layers))
        return real(layers, catalogues)

    monkeypatch.setattr(module, "_compile", counted)
    return seen


def only(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_what_comes_back_is_what_was_compiled(folder: Path, compilations: list[int]) -> None:
    first = compiled(LAYERS, TOOLS, folder)
    again = compiled(LAYERS, TOOLS, folder)
    assert compilations == [1]
    assert again == first
    assert again.constitution.digest == first.constitution.digest
    assert set(again.catalogue.tools) == {"pay", "look"}
    digests = {Guard(one.constitution, one.catalogue).catalogue_digest for one in (first, again)}
    assert len(digests) == 1


def test_without_a_folder_nothing_is_kept(tmp_path: Path, compilations: list[int]) -> None:
    compiled(LAYERS, TOOLS)
    compiled(LAYERS, TOOLS)
    assert compilations == [1, 1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "other",
    [
        ((Layer("standard.md", standard_text() + "\n"),), TOOLS),
        ((Layer("other.md", standard_text()),), TOOLS),
        (LAYERS, TOOLS[:1]),
        (LAYERS, TOOLS[::-1]),
    ],
    ids=["a byte more", "another name", "a catalogue less", "another order"],
)
def test_other_documents_find_nothing(
    folder: Path,
    compilations: list[int],
    other: tuple[tuple[Layer, ...], tuple[Layer, ...]],
) -> None:
    """Rule 1."""
    compiled(LAYERS, TOOLS, folder)
    compiled(*other, folder)
    assert len(compilations) == 2


def test_another_compiler_finds_nothing(
    folder: Path, compilations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 1: a changed file of the compiler is another compiler, whatever its version says."""
    compiled(LAYERS, TOOLS, folder)
    marks = list(module._compiler())
    assert any(path.endswith("_load.py") for path, _, _ in marks)
    path, size, changed = marks[0]
    monkeypatch.setattr(module, "_compiler", lambda: iter([(path, size, changed + 1), *marks[1:]]))
    compiled(LAYERS, TOOLS, folder)
    assert len(compilations) == 2


def test_documents_with_a_mistake_are_refused_and_not_kept(folder: Path) -> None:
    """Rule 3."""
    for _ in range(2):
        with pytest.raises(LoadError):
            compiled((Layer("bad.md", "nonsense"),), (), folder)
    assert not folder.exists()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def _other_type(file: Path) -> None:
    body = msgspec.msgpack.encode({"constitution": 3})
    file.write_bytes(sha256(body).digest() + body)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _link(file: Path) -> None:
    target = file.parents[1] / "elsewhere"
    file.rename(target)
    file.symlink_to(target)


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def _open_to_others(file: Path) -> None:
    file.chmod(0o620)


def _open_folder(file: Path) -> None:
    file.parent.chmod(0o750)


@pytest.mark.parametrize(
    "harm", [_cut, _flip, _other_type, _empty, _link, _pipe, _open_to_others, _open_folder]
)
def test_what_is_not_whole_or_not_ours_alone_is_compiled_again(
    folder: Path, compilations: list[int], harm: Callable[[Path], None]
) -> None:
    """Rule 2."""
    first = compiled(LAYERS, TOOLS, folder)
    harm(only(folder))
    assert compiled(LAYERS, TOOLS, folder) == first
    assert len(compilations) == 2


def test_a_file_of_another_user_is_compiled_again(
    folder: Path, compilations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 2."""
    compiled(LAYERS, TOOLS, folder)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    compiled(LAYERS, TOOLS, folder)
    assert len(compilations) == 2


def test_a_folder_that_cannot_be_made_hinders_nobody(
    tmp_path: Path, compilations: list[int]
) -> None:
    (tmp_path / "file").write_text("")
    for _ in range(2):
        compiled(LAYERS, TOOLS, tmp_path / "file" / "policies")
    assert len(compilations) == 2


def test_few_are_kept_and_for_this_user_alone(folder: Path) -> None:
    for number in range(module.MOST_KEPT + 3):
        text = f"catalogue: 1\ntools:\n  t{number}:\n    effects: [reads]\n"
        compiled(LAYERS, (Layer("tools.yaml", text),), folder)
    kept = list(folder.iterdir())
    assert len(kept) == module.MOST_KEPT
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
