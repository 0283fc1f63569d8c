"""``gardefou ledger``: make, fill, read, prove, verify, copy, replay, erase and anchor a ledger."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.action import parse
from gardefou.cli import _ledger_read
from gardefou.cli._ledger_read import Location
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json, read
from gardefou.cli._owner import at_ledger, key_path
from gardefou.constitution import Constitution
from gardefou.errors import UsageError
from gardefou.ledger import (
    Erased,
    EraseRequest,
    Ledger,
    Opened,
    SigningKey,
    complete_erasures,
    configure_anchor,
    create_ledger,
    erase,
    load_key,
    make_key,
    open_anchored,
    open_keyring,
    parse_anchor,
    publish,
    rotate_key,
    save_key,
)
from gardefou.recording import Recorder, layers_of

app = typer.Typer(
    name="ledger", help="The record of decisions that outsiders can verify.", no_args_is_help=True
)

app.command("head")(_ledger_read.head)
app.command("show")(_ledger_read.show)
app.command("prove")(_ledger_read.prove_entry)
app.command("verify")(_ledger_read.verify)
app.command("export")(_ledger_read.export_copy)
app.command("replay")(_ledger_read.replay_decisions)

KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="The signing key's file. [default: LEDGER.key]", show_default=False),
]


@contextmanager
def writing(location: str, path: Path | None, *targets: str) -> Iterator[Opened]:
    """A ledger open for writing with its own key and anchors, closed at the end."""
    opened = open_anchored(location, load_key(key_path(location, path)), targets=targets)
    try:
        yield opened
    finally:
        opened.ledger.close()


@app.command("init")
@command
def init(
    location: Location,
    *,
    origin: Annotated[
        str, typer.Option(help="The log's name, such as ledger.example/acme.", show_default=False)
    ],
    key: KeyFile = None,
    ml_dsa: Annotated[
        bool, typer.Option("--ml-dsa", help="Sign with ML-DSA-44 as well.", show_default=False)
    ] = False,
    anchor: Annotated[
        list[str] | None,
        typer.Option(
            help="Where checkpoints go: dir:PATH, syslog:/dev/log, https://…, witness:URL,VKEY.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Make a ledger and its key; prints the public keys that others pin."""
    path = key_path(location, key)
    for target in anchor or []:
        parse_anchor(target)
    if path.exists():
        signing = load_key(path)
        if signing.name != origin:
            raise UsageError(
                f"the key in {path} is named `{signing.name}`, expected `{origin}`",
                code="ledger.key_name",
                help="name another key file",
            )
    else:
        seeds = tuple(secrets.token_bytes(32) for _ in range(2 if ml_dsa else 1))
        signing = make_key(origin, seeds=seeds)
        save_key(signing, path)
    create_ledger(location, signing)
    with writing(location, path) as opened:
        for target in anchor or []:
            configure_anchor(opened.ledger, target)
    vkeys = [verifier.vkey for verifier in signing.verifiers]
    if as_json:
        put_json({"origin": origin, "vkeys": vkeys, "key": str(path)})
    else:
        for vkey in vkeys:
            put(vkey)
    if not anchor:
        note("no anchor yet: until a checkpoint leaves this machine its owner can rewrite the log")
    return Exit.YES


@app.command("append")
@command
def append(
    location: Location,
    kind: Annotated[str, typer.Argument(help="The kind of entry, such as vote.")],
    data: Annotated[
        Path, typer.Argument(help="The entry's data as a JSON object; - reads standard input.")
    ] = Path("-"),
    *,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Append an entry; it is durable once its number is printed."""
    value = parse(read(data))
    with writing(location, key) as opened:
        receipt = opened.ledger.append(kind, value)
    if as_json:
        put_json({"seq": receipt.seq, "at_us": receipt.at_us, "leaf": receipt.leaf.hex()})
    else:
        put(f"{receipt.seq} {receipt.leaf.hex()}")
    return Exit.YES


@app.command("erase")
@command
def erase_subject(
    location: Location,
    subject: Annotated[str, typer.Argument(help="The subject's name.", show_default=False)],
    *,
    basis: Annotated[str, typer.Option(help="Why, as a short code such as gdpr-17.")],
    by: Annotated[str, typer.Option(help="Who ordered it, as a pseudonym.")],
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Destroy a subject's key and payloads; proofs stay valid, contents are gone for ever."""
    with at_ledger(location, key) as at:
        if isinstance(at, Ledger):
            with closing(open_keyring(location, at.origin)) as keyring:
                complete_erasures(at, keyring)
                done = erase(at, keyring, subject, basis=basis, by=by)
        else:
            request = EraseRequest(subject=subject, basis=basis, by=by)
            answer = at.ask("erasure", msgspec.json.encode(request))
            done = msgspec.json.decode(answer, type=Erased)
    if as_json:
        put_json(done)
    else:
        put(f"entry {done.seq}: {done.parts} payload parts of {done.subject} are gone")
    note("backups of keys and payloads, and blocks the disk has freed, are not reached from here")
    return Exit.YES


@app.command("anchor")
@command
def anchor_checkpoint(
    location: Location,
    *,
    to: Annotated[
        list[str] | None, typer.Option(help="A further place, for this time only.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the further places with the ledger.")
    ] = False,
    rotate: Annotated[
        Path | None, typer.Option(help="Exchange the key: write the new one to this new file.")
    ] = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Sign a checkpoint and deliver it everywhere: 0 delivered, 1 nowhere kept, 3 not everywhere."""
    with writing(location, key, *(to or [])) as opened:
        ledger = opened.ledger
        if rotate is not None:
            _rotate(ledger, rotate)
        for target in (to or []) if keep else []:
            configure_anchor(ledger, target)
        sent = publish(ledger, opened.anchors)
        with ledger.store.reading() as session:
            last = session.last_checkpoint() or ""
    if as_json:
        put_json({"checkpoint": last, "sent": [item._asdict() for item in sent]})
    else:
        sys.stdout.write(last)
    for item in sent:
        note(f"{item.target.partition(',')[0]}: {item.error or 'delivered'}")
    if not sent:
        note("no anchor: the checkpoint has not left this machine")
        return Exit.NO
    return Exit.UNKNOWN if any(item.error for item in sent) else Exit.YES


def _rotate(ledger: Ledger, path: Path) -> None:
    seeds = tuple(secrets.token_bytes(32) for _ in ledger.key.signers)
    new: SigningKey = make_key(ledger.origin, seeds=seeds)
    rotate_key(ledger, new, lambda made: save_key(made, path))
    for verifier in new.verifiers:
        note(f"the new key is {verifier.vkey}; use {path} from now on")


@contextmanager
def recording(
    location: str, key: Path | None, law: Constitution, layers: Sequence[Path]
) -> Iterator[Recorder | None]:
    """A recorder into a ledger for another command, or None without one; durable at the end.

    Raises:
        LedgerError: when the ledger cannot be opened or does not accept.
    """
    if not location:
        yield None
        return
    with writing(location, key) as opened:
        ledger = opened.ledger
        with closing(open_keyring(location, ledger.origin)) as keyring:
            complete_erasures(ledger, keyring)
            recorder = Recorder(ledger, keyring)
            recorder.keep_constitution(law, layers_of(layers))
            yield recorder
            recorder.flush()
        for delivery in publish(ledger, opened.anchors):
            if delivery.error:
                note(delivery.error)
