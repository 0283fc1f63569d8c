"""Signed notes, checkpoints, proof files and keys."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.errors import LedgerError, UsageError, VerificationError
from gardefou.ledger._checkpoint import (
    Checkpoint,
    Proof,
    check_proof,
    open_checkpoint,
    parse_checkpoint,
    parse_proof,
)
from gardefou.ledger._keys import Signer, has_ml_dsa, load_key, make_key, save_key
from gardefou.ledger._note import (
    COSIGNATURE,
    ML_DSA_44,
    cosigned_message,
    open_note,
    parse_note,
    parse_vkey,
    timestamp_of,
)
from gardefou.ledger._tree import grow, inclusion_path, leaf_hash, root_of

# The worked example of c2sp.org/signed-note.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2"
    "ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# The example of Go's golang.org/x/mod/sumdb/note package documentation.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)
KEY = make_key("ledger.example/acme", seeds=(bytes(range(32)),))
TEXT = Checkpoint("ledger.example/acme", 3, bytes(32)).text
needs_ml_dsa = pytest.mark.skipif(not has_ml_dsa(), reason="this cryptography has no ML-DSA-44")


@pytest.mark.parametrize(("vkey", "note"), [(SPEC_VKEY, SPEC_NOTE), (GO_VKEY, GO_NOTE)])
def test_foreign_notes_verify_and_write_back_byte_for_byte(vkey: str, note: str) -> None:
    verifier = parse_vkey(vkey)
    parsed = parse_note(note)
    assert open_note(parsed, [verifier]) == (verifier,)
    assert str(parsed) == note
    assert verifier.vkey == vkey


def test_our_signature_equals_gos_on_the_same_key_and_text(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(GO_SKEY + "\n")
    path.chmod(0o600)
    key = load_key(path)
    assert str(key.note(GO_NOTE.partition("\n\n")[0] + "\n")) == GO_NOTE
    assert key.signers[0].line == GO_SKEY


def test_every_flipped_bit_of_a_note_is_refused() -> None:
    data = bytearray(SPEC_NOTE.encode())
    verifier = parse_vkey(SPEC_VKEY)
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VerificationError):
            open_note(parse_note(bytes(data)), [verifier])
        data[bit // 8] ^= 1 << bit % 8


def test_unknown_signatures_are_ignored_and_a_wrong_known_one_rejects() -> None:
    other = make_key("other.example", seeds=(bytes(32),))
    note = KEY.note(TEXT)
    both = parse_note(str(note) + other.note(TEXT).signatures[0].line)
    assert open_note(both, KEY.verifiers) == KEY.verifiers
    forged = other.note("another text\n").signatures[0].line
    with pytest.raises(VerificationError) as caught:
        open_note(parse_note(str(note) + forged), [*KEY.verifiers, *other.verifiers])
    assert caught.value.code == "note.signature"
    with pytest.raises(VerificationError) as caught:
        open_note(note, other.verifiers)
    assert caught.value.code == "note.unknown_key"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "note.form"),
        ("text\n", "note.form"),
        ("text\n\n", "note.form"),
        ("text\n\n- a b\n", "note.signature"),
        ("text\n\n\u2014 a+b AAAAAAAA\n", "note.name"),
        ("text\n\n\u2014  AAAAAAAA\n", "note.name"),
        ("text\n\n\u2014 a AAAA\n", "note.signature"),
        ("text\n\n\u2014 a AAAAAA\n", "note.base64"),
        ("text\n\n\u2014 a AAAAAAB=\n", "note.base64"),
        ("text\r\n\n\u2014 a AAAAAAAA\n", "note.control"),
        (b"\xff\n\n\xe2\x80\x94 a AAAAAAAA\n", "note.encoding"),
        ("x" * (1 << 18) + "\n\n\u2014 a AAAAAAAA\n", "note.size"),
        ("text\n\n" + "\u2014 a AAAAAAAA\n" * 33, "note.size"),
    ],
)
def test_malformed_notes_are_named(text: str | bytes, code: str) -> None:
    with pytest.raises(VerificationError) as caught:
        parse_note(text)
    assert caught.value.code == code


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_no_bytes_make_the_readers_fail_otherwise(data: bytes) -> None:
    codes = set()
    for reader in (
        parse_note,
        lambda d: parse_checkpoint(d.decode("latin-1")),
        lambda d: parse_proof(d.decode("latin-1")),
        lambda d: parse_vkey(d.decode("latin-1")),
    ):
        try:
            reader(data)
        except VerificationError as error:
            codes.add(error.code)
    assert all(code.partition(".")[0] in {"note", "checkpoint"} for code in codes)


@pytest.mark.parametrize(
    "vkey",
    [
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("foo", "fooo"),
        SPEC_VKEY[:-4],
        "a+00000000+CQAA",
        "a+00000000+",
        "",
    ],
)
def test_malformed_vkeys_are_refused(vkey: str) -> None:
    with pytest.raises(VerificationError):
        parse_vkey(vkey)


@pytest.mark.parametrize(
    "text",
    ["", "o\n1\n", "o\n01\nAAAA\n", "\n1\n" + "A" * 43 + "=\n", TEXT + "extension\n", TEXT[:-1]],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(VerificationError) as caught:
        parse_checkpoint(text)
    assert caught.value.code in {"checkpoint.form", "note.base64"}


def test_a_checkpoint_of_another_log_is_named() -> None:
    with pytest.raises(VerificationError) as caught:
        open_checkpoint(str(KEY.note(TEXT)), KEY.verifiers, origin="ledger.example/other")
    assert caught.value.code == "checkpoint.origin"
    checkpoint, _ = open_checkpoint(str(KEY.note(TEXT)), KEY.verifiers)
    assert checkpoint == Checkpoint("ledger.example/acme", 3, bytes(32))


def test_a_witness_alone_does_not_speak_for_the_log() -> None:
    witness = Signer("witness.example", COSIGNATURE, bytes([7]) * 32)
    note = f"{TEXT}\n{witness.sign(TEXT, at_s=1700000000).line}"
    with pytest.raises(VerificationError) as caught:
        open_checkpoint(note, [*KEY.verifiers, witness.verifier])
    assert caught.value.code == "note.unknown_key"


def test_cosignatures_carry_their_time_and_cover_it() -> None:
    witness = Signer("witness.example", COSIGNATURE, bytes([7]) * 32)
    signature = witness.sign(TEXT, at_s=1700000000)
    assert timestamp_of(witness.verifier, signature) == 1700000000
    note = parse_note(f"{TEXT}\n{signature.line}")
    assert open_note(note, [witness.verifier]) == (witness.verifier,)
    late = signature._replace(signature=(1800000000).to_bytes(8, "big") + signature.signature[8:])
    with pytest.raises(VerificationError):
        open_note(parse_note(f"{TEXT}\n{late.line}"), [witness.verifier])
    assert cosigned_message(COSIGNATURE, "w", 5, TEXT) == f"cosignature/v1\ntime 5\n{TEXT}".encode()


def test_the_ml_dsa_message_is_laid_out_as_the_specification_says() -> None:
    found = cosigned_message(
        ML_DSA_44, "w", 5, "o\n258\n" + base64.b64encode(bytes(32)).decode() + "\n"
    )
    expected = (
        b"subtree/v1\n\0"
        b"\x01w"
        + (5).to_bytes(8, "big")
        + b"\x01o"
        + bytes(8)
        + (258).to_bytes(8, "big")
        + bytes(32)
    )
    assert found == expected


@needs_ml_dsa
def test_ml_dsa_stands_beside_ed25519_and_either_verifier_suffices(tmp_path: Path) -> None:
    key = make_key("ledger.example/acme", seeds=(bytes(32), bytes([1]) * 32))
    note = str(key.note(TEXT, at_s=1700000000))
    for verifier in key.verifiers:
        assert open_checkpoint(note, [parse_vkey(verifier.vkey)])[0].size == 3
    path = tmp_path / "key"
    save_key(key, path)
    assert load_key(path) == key
    changed = note.replace("\n3\n", "\n4\n")
    for verifier in key.verifiers:
        with pytest.raises(VerificationError):
            open_checkpoint(changed, [verifier])


def test_key_files_are_private_never_overwritten_and_named_when_bad(tmp_path: Path) -> None:
    path = tmp_path / "key"
    save_key(KEY, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key(path) == KEY
    assert bytes(range(32)).hex() not in repr(KEY)
    with pytest.raises(UsageError) as usage:
        save_key(KEY, path)
    assert usage.value.code == "ledger.key_exists"
    path.chmod(0o644)
    with pytest.raises(LedgerError) as caught:
        load_key(path)
    assert caught.value.code == "ledger.key_mode"
    with pytest.raises(LedgerError) as caught:
        load_key(tmp_path / "none")
    assert caught.value.code == "ledger.key_missing"
    for text in ("", "PRIVATE+KEY+a", KEY.signers[0].line[:-2], os.urandom(8).hex()):
        bad = tmp_path / f"bad{len(text)}"
        bad.write_text(text)
        bad.chmod(0o600)
        with pytest.raises(LedgerError) as caught:
            load_key(bad)
        assert caught.value.code == "ledger.key_form"
    with pytest.raises(UsageError):
        make_key("with space", seeds=(bytes(32),))


def test_proof_files_round_trip_and_extra_data_is_not_believed() -> None:
    entries = [b"entry %d" % i for i in range(11)]
    leaves = [leaf_hash(e) for e in entries]

    def node(height: int, index: int) -> bytes:
        return root_of(grow(0, (), leaves[index << height : (index + 1) << height]).frontier)

    root = root_of(grow(0, (), leaves).frontier)
    checkpoint = str(KEY.note(Checkpoint(KEY.name, 11, root).text))
    proof = Proof(4, inclusion_path(node, 4, 11), checkpoint)
    assert parse_proof(str(proof)) == proof
    with_extra = str(proof).replace("\nindex", "\nextra AAAA\nindex")
    assert parse_proof(with_extra) == proof
    assert check_proof(proof, entries[4], KEY.verifiers, origin=KEY.name).size == 11
    with pytest.raises(VerificationError):
        check_proof(proof, entries[5], KEY.verifiers)
    data = bytearray(str(proof).encode())
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises((VerificationError, UnicodeDecodeError)):
            check_proof(parse_proof(data.decode()), entries[4], KEY.verifiers, origin=KEY.name)
        data[bit // 8] ^= 1 << bit % 8
