"""Foreign implementations: Go's checksum database reads our log, and we reproduce its proofs."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gardefou.ledger._checkpoint import open_checkpoint
from gardefou.ledger._export import export
from gardefou.ledger._keys import SigningKey, has_ml_dsa, make_key
from gardefou.ledger._ledger import create_ledger, open_ledger
from gardefou.ledger._note import encode64, parse_vkey
from gardefou.ledger._tree import (
    consistency_path,
    frontier_of,
    grow,
    inclusion_path,
    leaf_hash,
    root_of,
)

from .conftest import ORIGIN

PROGRAM = Path(__file__).parent / "outsider" / "main.go"
VECTORS = Path(__file__).parent / "vectors" / "go_sumdb.json"
GOPATH = Path("/usr/share/gocode")
has_go = shutil.which("go") is not None and (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir()
needs_go = pytest.mark.skipif(
    not has_go,
    reason="no Go here: apt-get install golang-go golang-golang-x-mod-dev; stored vectors ran",
)


@pytest.fixture(scope="session")
def outsider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("go") / "outsider"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH)}
    subprocess.run(["go", "build", "-o", binary, PROGRAM], check=True, env=environment)
    return binary


def run(outsider: Path, *arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([outsider, *arguments], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.fixture(scope="session")
def vectors() -> Any:
    return json.loads(VECTORS.read_text())


LEAVES = [leaf_hash(b"entry %d" % n) for n in range(600)]


def node(height: int, index: int) -> bytes:
    return root_of(grow(0, (), LEAVES[index << height : (index + 1) << height]).frontier)


def test_our_leaves_and_roots_equal_gos(vectors: Any) -> None:
    assert [encode64(leaf) for leaf in LEAVES[:4]] == vectors["Leaves"]
    for line in vectors["Roots"]:
        size, _, root = line.partition(" ")
        assert encode64(root_of(grow(0, (), LEAVES[: int(size)]).frontier)) == root


def test_our_proofs_equal_gos(vectors: Any) -> None:
    assert len(vectors["Proofs"]) > 60
    for proof in vectors["Proofs"]:
        new, old = proof["New"], proof["Old"]
        assert [encode64(h) for h in inclusion_path(node, old - 1, new)] == proof["Record"]
        assert [encode64(h) for h in consistency_path(node, old, new)] == proof["Tree"]


def test_a_checkpoint_that_go_signed_opens_here(vectors: Any) -> None:
    checkpoint, _ = open_checkpoint(vectors["Note"], [parse_vkey(vectors["Vkey"])])
    assert (checkpoint.size, checkpoint.root) == (600, root_of(frontier_of(node, 600)))


@needs_go
def test_the_stored_vectors_are_what_go_says_today(outsider: Path, vectors: Any) -> None:
    code, text = run(outsider, "vectors")
    assert (code, json.loads(text)) == (0, vectors)


@pytest.fixture
def copy(tmp_path: Path, location: str) -> Path:
    """An export with a proof and a consistency proof beside it, made by us."""
    seeds = (bytes(32), bytes([1]) * 32) if has_ml_dsa() else (bytes(32),)
    key: SigningKey = make_key(ORIGIN, seeds=seeds)
    create_ledger(location, key)
    target = tmp_path / "copy"
    with open_ledger(location, key) as ledger:
        for count in (700, 66_000 if "postgresql" not in location else 200):
            tickets = []
            for n in range(count):
                tickets.append(ledger.submit("decision", {"n": n}))
                if len(tickets) == 1_000:
                    for ticket in tickets:
                        ticket.wait(30)
                    tickets.clear()
            for ticket in tickets:
                ticket.wait(30)
            old = ledger.head()
        note = ledger.publish()
        (tmp_path / "note").write_text(note)
        export(ledger.store, target, [v.vkey for v in key.verifiers])
        (target / "proof.tlog-proof").write_text(str(ledger.prove(444)))
        with ledger.store.reading() as session:
            path = consistency_path(session.node, 601, old.size)
            before = root_of(frontier_of(session.node, 601))
    lines = ["601", encode64(before), *(encode64(h) for h in path)]
    (target / "consistency").write_text("\n".join(lines) + "\n")
    return target


@needs_go
def test_go_verifies_our_checkpoint_tiles_entries_and_proofs(copy: Path, outsider: Path) -> None:
    code, text = run(outsider, "check", copy)
    assert code == 0, text
    assert text.startswith(f"good: {ORIGIN}, ")


@needs_go
@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_go_refuses_a_forged_copy(copy: Path, outsider: Path) -> None:
    size = (copy / "checkpoint").read_text().split("\n")[1]
    forgeries = {
        "checkpoint": (size.encode(), str(int(size) + 1).encode()),
        "tile/0/000": None,
        "tile/entries/000": (b"log.created", b"log.creAted"),
        "consistency": (b"601", b"600"),
    }
    for name, change in forgeries.items():
        path = copy / name
        data = path.read_bytes()
        path.write_bytes(data.replace(*change) if change else bytes(8192))
        assert path.read_bytes() != data
        code, text = run(outsider, "check", copy)
        assert (code, text.startswith("refused")) == (1, True), (name, text)
        path.write_bytes(data)
    root = (copy / "checkpoint").read_text().split("\n")[2]
    assert len(base64.b64decode(root)) == 32
    assert run(outsider, "check", copy)[0] == 0
