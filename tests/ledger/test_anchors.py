"""Checkpoints that leave the machine: places, a witness, policies, rotation, publishing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gardefou.errors import UsageError, VerificationError
from gardefou.ledger._anchors import parse_anchor
from gardefou.ledger._checkpoint import open_checkpoint
from gardefou.ledger._keys import SigningKey, load_key, make_key, save_key
from gardefou.ledger._ledger import Ledger, create_ledger, open_ledger, open_store
from gardefou.ledger._note import open_note, parse_note
from gardefou.ledger._policy import parse_policy
from gardefou.ledger._publisher import (
    Publisher,
    anchored,
    configure_anchor,
    configured,
    publish,
    rotate_key,
)
from gardefou.ledger._rotation import rotation
from gardefou.ledger._verify import Report, verify_store

from .conftest import ORIGIN
from .witness import Endpoint, Witness


@pytest.fixture
def ledger(tmp_path: Path, key: SigningKey) -> Iterator[Ledger]:
    create_ledger(str(tmp_path / "l.db"), key)
    with open_ledger(str(tmp_path / "l.db"), key) as ledger:
        yield ledger


@pytest.fixture
def witness(key: SigningKey) -> Witness:
    return Witness({ORIGIN: key.verifiers})


@pytest.fixture
def endpoint(witness: Witness) -> Iterator[Endpoint]:
    endpoint = Endpoint(witness)
    yield endpoint
    endpoint.close()


def verify(ledger: Ledger, *pinned: SigningKey) -> Report:
    return verify_store(ledger.store, pinned=[v for key in pinned for v in key.verifiers])


def test_a_directory_keeps_every_checkpoint_and_never_goes_back(
    ledger: Ledger, tmp_path: Path
) -> None:
    anchor = parse_anchor(f"dir:{tmp_path / 'else' / 'where'}")
    assert anchored([anchor]) == []
    for _ in range(3):
        ledger.append("decision", {})
        assert [s.error for s in publish(ledger, [anchor])] == [""]
    files = sorted(p.name for p in (tmp_path / "else/where/checkpoints").iterdir())
    assert files == [f"{n:020d}" for n in (2, 3, 4)]
    ((_, last),) = anchored([anchor])
    assert open_checkpoint(last, ledger.verifiers)[0].size == 4
    old = (tmp_path / "else/where/checkpoints" / files[0]).read_text()
    with pytest.raises(VerificationError) as caught:
        anchor.send(old, lambda _: (), 0)
    assert caught.value.code == "ledger.rollback"


def test_an_older_copy_is_named_by_the_directory_at_the_next_start(
    tmp_path: Path, key: SigningKey
) -> None:
    path = tmp_path / "l.db"
    anchor = parse_anchor(f"dir:{tmp_path / 'anchor'}")
    create_ledger(str(path), key)
    old = path.read_bytes()
    with open_ledger(str(path), key) as ledger:
        ledger.append("decision", {})
        publish(ledger, [anchor])
    path.write_bytes(old)
    with pytest.raises(VerificationError) as caught:
        open_ledger(str(path), key, anchored=anchored([anchor]))
    assert caught.value.code == "ledger.rollback"


def test_a_syslog_daemon_gets_the_whole_note(ledger: Ledger, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(tmp_path / "log"))
        daemon.settimeout(5)
        assert publish(ledger, [parse_anchor(f"syslog:{tmp_path / 'log'}")])[0].error == ""
        line = daemon.recv(65536).decode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        port = daemon.getsockname()[1]
        assert publish(ledger, [parse_anchor(f"syslog:127.0.0.1:{port}")])[0].error == ""
        assert daemon.recv(65536).decode() == line
    assert line.startswith("<109>1 ")
    note = json.loads(line.partition("checkpoint - ")[2])
    assert open_checkpoint(note, ledger.verifiers)[0].size == 1


def test_an_endpoint_gets_the_note_and_failures_are_told(ledger: Ledger) -> None:
    for status, error in ((204, ""), (500, "status 500"), (302, "status 302")):
        endpoint = Endpoint(status=status)
        (sent,) = publish(ledger, [parse_anchor(endpoint.url)])
        endpoint.close()
        assert error in sent.error
        assert bool(error) == bool(sent.error)
        assert open_checkpoint(endpoint.received[0], ledger.verifiers)[0].size == 1
    (sent,) = publish(ledger, [parse_anchor("http://127.0.0.1:1/")])
    assert "not delivered" in sent.error
    with ledger.store.reading() as session:
        assert all(target != "http://127.0.0.1:1/" for target in configured(session))


def test_a_witness_cosigns_what_only_grew(
    ledger: Ledger, witness: Witness, endpoint: Endpoint
) -> None:
    target = f"witness:{endpoint.url},{witness.signer.verifier.vkey}"
    anchor = parse_anchor(target)
    for count in (1, 5, 300):
        for _ in range(count):
            ledger.append("decision", {})
        (sent,) = publish(ledger, [anchor])
        assert sent.error == ""
    with ledger.store.reading() as session:
        note = session.last_checkpoint()
    assert note is not None
    assert open_note(parse_note(note), [witness.signer.verifier]) == (witness.signer.verifier,)
    assert witness.latest[ORIGIN][0] == 307
    assert witness.requests == 3
    assert verify(ledger, ledger.key).outcome == "good"
    (again,) = publish(ledger, [anchor])
    assert again.error == ""
    assert ledger.prove(5).checkpoint.count("\u2014 ") == 2


def test_a_witness_that_saw_more_than_we_remember_names_its_size(
    ledger: Ledger, witness: Witness, endpoint: Endpoint
) -> None:
    target = f"witness:{endpoint.url},{witness.signer.verifier.vkey}"
    publish(ledger, [parse_anchor(target)])
    ledger.append("decision", {})
    ledger.writer.task(lambda session: session.run("DELETE FROM anchor", ()) and None)
    (sent,) = publish(ledger, [parse_anchor(target)])
    assert (sent.error, witness.requests) == ("", 3)


def test_a_witness_exposes_a_rollback_and_a_fork(
    tmp_path: Path, key: SigningKey, witness: Witness, endpoint: Endpoint
) -> None:
    anchor = parse_anchor(f"witness:{endpoint.url},{witness.signer.verifier.vkey}")
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    old = path.read_bytes()
    with open_ledger(str(path), key) as ledger:
        for _ in range(3):
            ledger.append("decision", {"line": "true"})
        publish(ledger, [anchor])
    path.write_bytes(old)
    with open_ledger(str(path), key) as ledger:
        (sent,) = publish(ledger, [anchor])
        assert "ledger.rollback" in sent.error
        for _ in range(5):
            ledger.append("decision", {"line": "forged"})
        (sent,) = publish(ledger, [anchor])
        assert "ledger.fork" in sent.error
    assert witness.latest[ORIGIN][0] == 4


def test_a_stranger_cannot_sign_for_the_witness(
    ledger: Ledger, endpoint: Endpoint, witness: Witness
) -> None:
    stranger = Witness({}, seed=b"s" * 32).signer.verifier.vkey
    (sent,) = publish(ledger, [parse_anchor(f"witness:{endpoint.url},{stranger}")])
    assert "no signature of the pinned key" in sent.error


@pytest.mark.parametrize("target", ["", "dir:", "ftp://x", "witness:http://x", "syslog:", "tape:x"])
def test_unknown_anchors_are_named(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_anchor(target)
    assert caught.value.code == "ledger.anchor"


def test_a_logs_own_key_is_no_witness(key: SigningKey) -> None:
    with pytest.raises(UsageError):
        parse_anchor(f"witness:http://x,{key.verifiers[0].vkey}")


def test_the_publisher_signs_while_the_log_grows_and_once_at_the_end(
    ledger: Ledger, tmp_path: Path
) -> None:
    trouble: list[str] = []
    anchors = [parse_anchor(f"dir:{tmp_path / 'a'}"), parse_anchor("http://127.0.0.1:1/")]
    publisher = Publisher(
        ledger, anchors, on_trouble=trouble.append, interval_s=0.02, republish_s=0.05
    )
    ledger.append("decision", {})
    for _ in range(500):
        if len(trouble) >= 3:  # the same head was published again
            break
        time.sleep(0.02)
    ledger.append("decision", {})
    publisher.close()
    with ledger.store.reading() as session:
        sizes = [size for _, size, _ in session.checkpoints()]
    assert sizes[-1] == 3
    assert sizes == sorted(set(sizes))
    assert len(trouble) >= 3
    assert (tmp_path / "a/checkpoint").exists()


def test_a_log_that_lost_entries_is_never_signed(ledger: Ledger) -> None:
    ledger.append("decision", {})
    note = ledger.publish()
    forged = ledger.key.note(note.partition("\n\n")[0].replace("\n2\n", "\n9\n") + "\n")
    ledger.writer.task(lambda session: session.add_checkpoint(9, str(forged)))
    with pytest.raises(VerificationError) as caught:
        ledger.publish()
    assert caught.value.code == "ledger.rollback"


def test_places_are_kept_with_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    configure_anchor(ledger, f"dir:{tmp_path / 'a'}")
    with pytest.raises(UsageError):
        configure_anchor(ledger, "nowhere")
    with ledger.store.reading() as session:
        assert configured(session) == {f"dir:{tmp_path / 'a'}": 0}


def test_a_rotation_is_signed_by_both_keys_and_carries_trust(
    tmp_path: Path, key: SigningKey, location: str
) -> None:
    create_ledger(location, key)
    new = make_key(ORIGIN, seeds=(b"n" * 32,))
    with open_ledger(location, key) as ledger:
        ledger.append("decision", {})
        ledger.publish()
        rotate_key(ledger, new, lambda k: save_key(k, tmp_path / "new.key"))
    assert load_key(tmp_path / "new.key") == new
    with open_ledger(location, new) as ledger:
        ledger.append("decision", {})
        ledger.publish()
    store = open_store(location, ORIGIN)
    assert verify_store(store, pinned=key.verifiers).outcome == "good"
    assert verify_store(store).outcome == "good"
    # Whoever pins the new key only cannot accept what the old one alone signed.
    report = verify_store(store, pinned=new.verifiers)
    store.close()
    assert "note.unknown_key" in {f.code for f in report.findings}


def test_a_rotation_that_the_old_key_did_not_sign_is_refused(
    tmp_path: Path, key: SigningKey
) -> None:
    path = str(tmp_path / "l.db")
    create_ledger(path, key)
    thief = make_key(ORIGIN, seeds=(b"t" * 32,))
    other = make_key("ledger.example/b", seeds=(b"n" * 32,))
    with open_ledger(path, key) as ledger:
        with pytest.raises(UsageError):
            rotate_key(ledger, other, lambda _: None)
        ledger.writer.submit("key.rotated", rotation(thief, thief)).wait()
        report = verify(ledger, key)
    assert [(f.seq, f.code) for f in report.findings] == [(1, "note.unknown_key")]


# Policies: c2sp.org/tlog-policy.


def policy_text(key: SigningKey, *quorum: str) -> tuple[str, list[Witness]]:
    witnesses = [Witness({}, seed=bytes([n]) * 32) for n in range(1, 4)]
    lines = [f"log {key.verifiers[0].vkey}", "# three of ours", ""]
    lines += [f"witness w{n} {w.signer.verifier.vkey}" for n, w in enumerate(witnesses)]
    return "\n".join([*lines, *quorum]) + "\n", witnesses


@pytest.mark.parametrize(
    ("rules", "signers", "accepted"),
    [
        (["quorum none"], [], True),
        (["quorum w1"], [1], True),
        (["quorum w1"], [0, 2], False),
        (["group g 2 w0 w1 w2", "quorum g"], [0, 2], True),
        (["group g 2 w0 w1 w2", "quorum g"], [0], False),
        (["group a any w0 w1", "group b all a w2", "quorum b"], [1, 2], True),
        (["group a any w0 w1", "group b all a w2", "quorum b"], [0, 1], False),
    ],
)
def test_a_policy_counts_witnesses(
    key: SigningKey, rules: list[str], signers: list[int], accepted: bool
) -> None:
    text, witnesses = policy_text(key, *rules)
    policy = parse_policy(text)
    body = f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    note = str(key.note(body)) + "".join(
        witnesses[n].signer.sign(body, at_s=5).line for n in signers
    )
    if accepted:
        assert policy.check(note).size == 0
    else:
        with pytest.raises(VerificationError) as caught:
            policy.check(note)
        assert caught.value.code == "policy.quorum"


@pytest.mark.parametrize(
    "rules",
    [
        [],
        ["quorum w9"],
        ["quorum none", "quorum none"],
        ["group g 4 w0 w1 w2", "quorum g"],
        ["group g 0 w0", "quorum g"],
        ["group g some w0", "quorum g"],
        ["group g any w0", "group h any w0", "quorum h"],
        ["group w0 any w1", "quorum w0"],
        ["group g any h", "group h any w0", "quorum g"],
        ["witness w3 nonsense", "quorum none"],
        ["log", "quorum none"],
        ["quora none"],
    ],
)
def test_a_policy_with_a_mistake_is_refused(key: SigningKey, rules: list[str]) -> None:
    text, _ = policy_text(key, *rules)
    with pytest.raises(UsageError) as caught:
        parse_policy(text)
    assert caught.value.code == "policy.form"
