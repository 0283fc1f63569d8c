"""Supervision in a terminal: the same holds, with and without a process that owns the ledger."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gardefou.cli._main import app
from gardefou.constitution.catalogue import dump_catalogue
from gardefou.errors import FileError, UsageError
from gardefou.ledger import Counter, counter_path, keep_document, save_key
from gardefou.ledger._counter import MAX_REQUEST
from gardefou.recording import Layer
from gardefou.supervision import (
    Ballot,
    BreakGlass,
    Hold,
    Scope,
    Stop,
    VoteRequest,
    glass_challenge,
    hand_in,
)
from gardefou.supervision._counter import carry_out, desk_of
from gardefou.supervision._stops import SCOPES

from .conftest import LAW, USER, Desk, Passkeys, bill, guard_for, refusal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A ministry whose ledger lies in a file, with its documents kept in it."""
    made = Desk(str(tmp_path / "ledger.db"), time.time_ns() // 1_000)  # the commands have no other
    save_key(made.key, tmp_path / "ledger.db.key")
    layers = msgspec.json.encode([Layer("law.md", LAW)])
    keep_document(made.ledger, "constitution", made.guard.constitution_digest, layers)
    catalogue = msgspec.json.encode(made.guard.catalogue)
    keep_document(made.ledger, "catalogue", made.guard.catalogue_digest, catalogue)
    with closing(made):
        yield made


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def vote(desk: Desk, verb: str, hold: Hold, by: str, *more: str, code: int = 0) -> str:
    words = ["hold", verb, desk.location, hold.id, "--by", by, "--reason", "it is right", *more]
    return run(*words, code=code)


@pytest.fixture(params=["owned", "free"])
def owned(request: pytest.FixtureRequest, desk: Desk) -> Iterator[bool]:
    """Whether another process owns the ledger while the command runs."""
    is_owned = request.param == "owned"
    if is_owned:
        desk.holds.start(alone=True)
    yield is_owned
    if not is_owned:
        desk.start()


def let_go(desk: Desk, *, is_owned: bool) -> None:
    if not is_owned:
        desk.close()


def test_a_hold_is_listed_shown_and_approved(desk: Desk, owned: bool) -> None:
    hold = desk.open()
    let_go(desk, is_owned=owned)
    listed = run("hold", "list", desk.location)
    assert hold.id in listed
    assert "waits for 1 treasurer" in listed
    shown = run("hold", "show", desk.location, hold.id)
    for part in ("note = bill 7", "A treasurer agrees.", hold.digest, "user `ulla`", "dora, erik"):
        assert part in shown
    said = vote(desk, "approve", hold, "dora", "--seen", hold.digest[7:19])
    assert "approved" in said
    assert hold.id in run("hold", "list", desk.location, "--state", "approved")
    run("hold", "list", desk.location, code=1)


def test_a_hold_is_denied(desk: Desk, owned: bool) -> None:
    hold = desk.open("wipe")
    let_go(desk, is_owned=owned)
    assert "denied" in vote(desk, "deny", hold, "alice", "--seen", hold.digest)


def test_what_the_constitution_does_not_let_a_terminal_do_is_refused(
    desk: Desk, owned: bool
) -> None:
    hold = desk.open("wipe")
    let_go(desk, is_owned=owned)
    for by, seen in (("alice", hold.digest), ("dora", "sha256:0"), ("nobody", hold.digest)):
        vote(desk, "approve", hold, by, "--seen", seen, code=2)
    vote(desk, "approve", hold, "dora", "--seen", hold.digest)


def test_without_a_terminal_nobody_says_yes_by_accident(desk: Desk) -> None:
    vote(desk, "approve", desk.open(), "dora", code=2)


def test_work_is_stopped_and_goes_on(desk: Desk, owned: bool) -> None:
    let_go(desk, is_owned=owned)
    by = ("--by", "alice", "--reason", "it behaves oddly")
    run("stops", desk.location, code=1)
    words = ("stop", desk.location, "agent", "clerk", "--tenant", "acme", *by, "--json")
    stop = json.loads(run(*words))
    assert "`clerk`" in run("stops", desk.location)
    if owned:
        assert desk.holds.stopped(USER) is not None
    run("resume", desk.location, stop["id"], *by)
    run("resume", desk.location, stop["id"], *by, code=2)
    run("stops", desk.location, code=1)
    run("stop", desk.location, "agent", *by, code=2)
    run("stop", desk.location, "planet", *by, code=2)


def broken(desk: Desk) -> str:
    """The id of a break-glass that frida opened on the console."""
    keys, scope = Passkeys(), Scope(rules=("payments",), tools=("pay",))
    desk.holds.core.verifier = keys
    glass_id = desk.holds.glass.new_id()
    signed = glass_challenge(glass_id, "acme", "frida", scope, 30)
    desk.holds.glass.open(
        glass_id,
        tenant="acme",
        person="frida",
        reason="the dam \u202ebreaks",
        scope=scope,
        minutes=30,
        evidence=keys.sign("frida", signed),
    )
    return glass_id


def test_break_glass_is_used_and_reviewed_in_a_terminal(
    desk: Desk, owned: bool, tmp_path: Path
) -> None:
    """Promise 13: a terminal speaks for the roles that the constitution lets speak there."""
    law = LAW.replace("[treasurer]\n", "[treasurer, chief]\n", 1)
    (tmp_path / "law.md").write_text(law)
    (tmp_path / "tools.yaml").write_text(dump_catalogue(desk.guard.catalogue))
    documents = ("--constitution", str(tmp_path / "law.md"))
    documents += ("--catalogue", str(tmp_path / "tools.yaml"))
    run("hold", "break-glass", "list", desk.location, code=1)
    glass_id, hold, other = broken(desk), desk.open(), desk.open("wipe")
    let_go(desk, is_owned=owned)
    words = ("hold", "break-glass", "use", desk.location, glass_id)
    said = ("--reason", "no treasurer answers", *(() if owned else documents))
    seen = ("--seen", hold.digest)
    run(*words, hold.id, "--by", "frida", *seen, "--reason", "x", code=2)  # no role in a terminal
    if owned:
        desk.guard = guard_for(law)
    run(*words, hold.id, "--by", "carol", *seen, *said, code=2)
    run(*words, other.id, "--by", "frida", "--seen", other.digest, *said, code=2)
    assert "approved" in run(*words, hold.id, "--by", "frida", *seen, *said)
    shown = run("hold", "show", desk.location, hold.id)
    assert f"alone        `frida` by {glass_id}: no treasurer answers" in shown
    open_ones = run("hold", "break-glass", "list", desk.location, "--unreviewed")
    assert "used 1 times" in open_ones
    shown = run("hold", "break-glass", "show", desk.location, glass_id)
    for part in ("`frida`: the dam \\u202ebreaks", hold.id, "no treasurer answers"):
        assert part in shown
    words = ("hold", "break-glass", "close", desk.location, glass_id, "--reason", "it was right")
    run(*words, "--by", "frida", code=2)
    assert "reviewed" in run(*words, "--by", "alice")
    run("hold", "break-glass", "list", desk.location, "--unreviewed", code=1)
    found = json.loads(run("hold", "break-glass", "show", desk.location, glass_id, "--json"))
    assert (found["closed_by"], found["closed_reason"]) == ("alice", "it was right")


def test_opening_a_break_glass_takes_the_console(desk: Desk, tmp_path: Path) -> None:
    """Promise 13: a key signs, so the command only writes where."""
    settings = tmp_path / "gardefou.toml"
    text = '[store]\nledger = "x.db"\nkey = "x.key"\n[constitution]\nlayers = ["law.md"]\n'
    text += (
        '[upstreams.v]\nkind = "compatible"\nurl = "http://127.0.0.1:9/v1"\nsecret = {env = "K"}\n'
    )

    words = (
        "hold",
        "break-glass",
        "open",
        "--rule",
        "payments",
        "--tool",
        "pay",
        "--minutes",
        "20",
    )
    settings.write_text(text)
    run(*words, "--config", str(settings), code=2)
    settings.write_text(f'{text}[console]\norigin = "https://gardefou.example"\n')
    out = run(*words, "--config", str(settings))
    query = "rule=payments&tool=pay&minutes=20"
    assert f"https://gardefou.example/console/glass/new?{query}" in out
    assert desk.holds.glass.list() == ()
    run(*words[:-1], "61", "--config", str(settings), code=2)


def test_watching_shows_what_changes(desk: Desk) -> None:
    hold = desk.approved()
    out = run("hold", "watch", desk.location, "--seconds", "0", "--json")
    lines = [line for line in out.splitlines() if line.startswith("{")]
    assert [json.loads(line)["id"] for line in lines] == [hold.id]
    assert "nonce" not in out
    assert "approved" in run("hold", "watch", desk.location, "--seconds", "0")


def test_hostile_text_is_shown_escaped(desk: Desk) -> None:
    note = "pay \u202eemca\u202c now\x1b[2J\n\u200bplease"
    hold = desk.open(arguments=bill(note=note))
    shown = run("hold", "show", desk.location, hold.id)
    assert not set(shown) & {"\u202e", "\x1b", "\u200b"}
    assert "\\u202e" in shown


def test_what_lies_at_the_counter_and_is_no_request_is_ignored(desk: Desk) -> None:
    hold = desk.open()
    counter = counter_path(desk.location)
    counter.mkdir(mode=0o700)
    good = VoteRequest(hold=hold.id, verdict="approve", person="dora", seen=hold.digest, reason="x")
    old = counter / "old.ask"
    asked = msgspec.json.encode({"desk": "holds", "body": good})
    old.write_bytes(asked)
    os.utime(old, (1, 1))
    (counter / "broken.ask").write_bytes(b"{")
    (counter / "large.ask").write_bytes(b" " * MAX_REQUEST + asked)
    (counter / "target").write_bytes(asked)
    (counter / "link.ask").symlink_to(counter / "target")
    os.mkfifo(counter / "pipe.ask")
    desk.holds.start(alone=True)
    assert hand_in(desk.location, good, 10).hold is not None
    assert desk.holds.get(hold.id).state == "approved"
    assert len(desk.entries("vote")) == 1
    desk.holds.close()  # ends after the look in which the request was answered
    assert {path.suffix for path in counter.iterdir()} == {""}  # the link's target alone


def test_a_counter_that_nobody_keeps_is_named(desk: Desk) -> None:
    request = VoteRequest(hold="x", verdict="deny", person="dora", seen="x", reason="x")
    assert refusal(hand_in, desk.location, request, 0.1) == "ledger.counter"
    counter_path(desk.location).mkdir()
    assert refusal(hand_in, desk.location, request, 0.1) == "ledger.counter_silent"
    assert list(counter_path(desk.location).iterdir()) == []


def test_a_counter_that_cannot_be_opened_is_named(desk: Desk) -> None:
    counter_path(desk.location).write_text("no directory")
    with pytest.raises(FileError) as caught:
        desk.holds.start(alone=True)
    assert caught.value.code == "ledger.counter_closed"


def test_the_counter_answers_what_it_refuses(desk: Desk) -> None:
    request = VoteRequest(hold="x", verdict="deny", person="dora", seen="x", reason="x")
    assert refusal(carry_out, desk.holds, request) == "hold.missing"
    directory = counter_path(desk.location)
    with closing(Counter(directory, {"holds": desk_of(desk.holds)})):
        assert refusal(hand_in, desk.location, request, 10) == "hold.missing"
    assert directory.stat().st_mode & 0o777 == 0o700


REQUESTS = st.one_of(
    st.binary(max_size=80),
    st.dictionaries(
        st.sampled_from(
            ("type", "hold", "verdict", "person", "seen", "reason", "stop", "scope", "glass")
        ),
        st.one_of(
            st.text(max_size=9),
            st.none(),
            st.integers(),
            st.sampled_from(("vote", "stop", "glass-use", "glass-close")),
        ),
    ).map(msgspec.json.encode),
)


class Nobody:
    """A clerk who refuses everything, and fails when a request is not what it says."""

    @property
    def glass(self) -> BreakGlass:
        raise UsageError("no", code="test.no")

    def vote(self, ballot: Ballot) -> Hold:
        assert ballot.channel == "terminal"
        assert ballot.evidence == b""
        raise UsageError("no", code="test.no")

    def stop(self, scope: Any, *, tenant: str, target: str, reason: str, by: str) -> Stop:
        assert scope in SCOPES
        raise UsageError(f"no {tenant} {target} {reason} {by}", code="test.no")

    def resume(self, stop_id: str, *, reason: str, by: str) -> Stop:
        raise UsageError(f"no {stop_id} {reason} {by}", code="test.no")


@given(data=REQUESTS, in_envelope=st.booleans())
def test_whatever_lies_at_the_counter_breaks_nothing(data: bytes, *, in_envelope: bool) -> None:
    asked = b'{"desk":"holds","body":%s}' % data if in_envelope else data
    with tempfile.TemporaryDirectory() as folder:
        counter = Counter(Path(folder), {"holds": desk_of(Nobody())})
        counter.close()
        (Path(folder) / "x.ask").write_bytes(asked)
        answered = counter.answer_all()
        found = [path.read_bytes() for path in Path(folder).iterdir()]
    assert len(found) == answered
    for text in found:
        assert msgspec.json.decode(text)["code"] in {"test.no", "ledger.counter_request"}


@pytest.mark.parametrize("words", [("--state", "odd"), ("--limit", "0")])
def test_a_wrong_call_is_told_so(words: tuple[str, ...], desk: Desk) -> None:
    run("hold", "list", desk.location, *words, code=2)
