"""The commands of ``gardefou ledger`` that only read: they run beside the writer, and on copies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gardefou.cli._output import AsJson, Exit, command, note, put, put_json, read, read_text
from gardefou.errors import UsageError, VerificationError
from gardefou.ledger import (
    Policy,
    Proof,
    Report,
    Verifier,
    check_proof,
    decode_entry,
    export,
    is_postgres,
    open_keyring,
    open_store,
    parse_policy,
    parse_proof,
    parse_vkey,
    prove,
    replay,
    verify_directory,
    verify_store,
)

Location = Annotated[
    str,
    typer.Argument(
        metavar="LEDGER", help="A ledger file, or a postgresql:// address.", show_default=False
    ),
]
Origin = Annotated[
    str, typer.Option(help="Which log, when a database holds several.", show_default=False)
]
Vkeys = Annotated[
    list[str] | None,
    typer.Option(
        "--vkey", help="A key that you trust for this log, or a file of them.", show_default=False
    ),
]


def keys_of(vkeys: list[str] | None) -> tuple[Verifier, ...]:
    """Public keys from the command line: each one written out, or a file of them."""
    lines: list[str] = []
    for text in vkeys or []:
        lines += [text] if "+" in text else read_text(Path(text)).split()
    try:
        return tuple(parse_vkey(line) for line in lines)
    except VerificationError as error:
        raise UsageError(error.message, code=error.code, help=error.help) from None


@command
def head(location: Location, *, origin: Origin = "", as_json: AsJson = False) -> Exit:
    """Show the size and root, and the size that the last checkpoint covers."""
    with closing(open_store(location, origin)) as store, store.reading() as session:
        _, name = session.origin()
        found = session.head()
        last = session.last_checkpoint()
    covered = int(last.split("\n")[1]) if last else 0
    value = {
        "origin": name,
        "size": found.size,
        "root": found.root.hex(),
        "minimum": found.minimum,
        "checkpoint": covered,
    }
    if as_json:
        put_json(value)
    else:
        for field, text in value.items():
            put(f"{field:<10} {text}")
    return Exit.YES


@command
def show(
    location: Location,
    first: Annotated[
        int | None, typer.Argument(help="The first entry. [default: the last ten]")
    ] = None,
    last: Annotated[int | None, typer.Argument(help="The last entry. [default: FIRST]")] = None,
    *,
    kind: Annotated[str, typer.Option(help="Only entries of this kind.")] = "",
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Show entries, one line each; other people's text is escaped."""
    shown = []
    with closing(open_store(location, origin)) as store, store.reading() as session:
        found = session.head()
        start = max(found.minimum, found.size - 10) if first is None else first
        end = found.size if first is None else (first if last is None else last) + 1
        if start < found.minimum or end > found.size or start >= end:
            raise UsageError(
                f"there are entries from {found.minimum} to {found.size - 1}",
                code="ledger.no_such_entry",
                help="ask for some of them",
            )
        for row in session.rows(start, end):
            entry = decode_entry(row.body, row.seq)
            if not kind or entry.kind == kind:
                shown.append({"seq": row.seq, "leaf": row.leaf.hex(), **msgspec.to_builtins(entry)})
    if as_json:
        put_json(shown)
    else:
        for value in shown:
            text = msgspec.json.encode(value["data"]).decode()
            put(f"{value['seq']} {value['at_us']} {value['kind']} {ascii(text)[1:-1]}")
    return Exit.YES


@command
def prove_entry(
    location: Location,
    seq: Annotated[int, typer.Argument(help="The entry's number.", show_default=False)],
    *,
    entry: Annotated[
        Path | None, typer.Option(help="Write the entry itself here: a proof needs it beside.")
    ] = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Print the .tlog-proof of an entry under the last checkpoint."""
    with closing(open_store(location, origin)) as store, store.reading() as session:
        last = session.last_checkpoint()
        if last is None:
            raise UsageError(
                "the log has no checkpoint yet",
                code="ledger.no_checkpoint",
                help="publish one: `gardefou ledger anchor`",
            )
        proof = prove(session, seq, last)
        row = next(session.rows(seq, seq + 1), None)
    if row is None:
        raise UsageError(
            f"entry {seq} was pruned", code="ledger.no_such_entry", help="ask an archive for it"
        )
    if entry is not None:
        entry.write_bytes(row.body)
    if as_json:
        put_json({"proof": str(proof), "entry": row.body.decode()})
    else:
        sys.stdout.write(str(proof))
    return Exit.YES


@command
def verify(
    location: Annotated[
        str,
        typer.Argument(
            metavar="LEDGER",
            help="A ledger, an exported directory, or a .tlog-proof file.",
            show_default=False,
        ),
    ],
    *,
    vkey: Vkeys = None,
    policy: Annotated[
        Path | None, typer.Option(help="A tlog-policy file: log keys and a quorum of witnesses.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint that was kept elsewhere; again for each further one."),
    ] = None,
    entry: Annotated[
        Path | None, typer.Option(help="The entry that a .tlog-proof file is about.")
    ] = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Hash everything again: 0 good, 1 tampered, 3 could not tell."""
    rules = parse_policy(read_text(policy)) if policy else None
    pinned = (*keys_of(vkey), *(rules.logs if rules else ()))
    if location.endswith(".tlog-proof"):
        return _verify_proof(read_text(Path(location)), entry, pinned, rules, as_json=as_json)
    others = [(str(path), read_text(path)) for path in against or []]
    try:
        if not is_postgres(location) and Path(location).is_dir():
            report = verify_directory(Path(location), pinned=pinned, against=others)
            last: str | None = read_text(Path(location) / "checkpoint")
        else:
            with closing(open_store(location, origin)) as store:
                report = verify_store(store, pinned=pinned, against=others)
                with store.reading() as session:
                    last = session.last_checkpoint()
        if rules is not None and report.outcome == "good":
            rules.check(last or "")
    except VerificationError as error:
        if error.code == "ledger.version":
            raise
        return _told({"outcome": "tampered", "message": error.message, "code": error.code}, as_json)
    _show_report(report, as_json=as_json)
    return Exit.YES if report.outcome == "good" else Exit.NO


def _told(value: dict[str, Any], as_json: bool) -> Exit:  # noqa: FBT001 - passed on as it came
    if as_json:
        put_json(value)
    else:
        put(f"{value['outcome']}: {value['message']} [{value['code']}]")
    return Exit.NO


def _show_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        put_json(report)
        return
    put(f"{report.outcome}: `{report.origin}`, {report.size} entries, root {report.root}")
    put(f"checked {report.entries} entries, {report.checkpoints} checkpoints, keys {report.keys}")
    for finding in report.findings:
        place = f"entry {finding.seq}: " if finding.seq >= 0 else ""
        put(f"{place}{finding.message} [{finding.code}]")
        if finding.found or finding.expected:
            put(f"    found {finding.found or '-'}, expected {finding.expected or '-'}")
    for remark in report.remarks:
        put(f"remark: {remark}")
    if report.keys == "from the log":
        note("no key was pinned: this shows that nothing was changed since, not who wrote it")


def _verify_proof(
    text: str,
    entry: Path | None,
    pinned: tuple[Verifier, ...],
    rules: Policy | None,
    *,
    as_json: bool,
) -> Exit:
    if entry is None or not pinned:
        raise UsageError(
            "a proof is checked with its entry and a trusted key",
            code="ledger.proof_needs",
            help="give --entry FILE, and --vkey KEY or --policy FILE",
        )
    body = read(entry)
    try:
        proof: Proof = parse_proof(text)
        if rules is not None:
            rules.check(proof.checkpoint)
        checkpoint = check_proof(proof, body, pinned)
    except VerificationError as error:
        return _told({"outcome": "tampered", "message": error.message, "code": error.code}, as_json)
    value = {
        "outcome": "good",
        "origin": checkpoint.origin,
        "index": proof.index,
        "size": checkpoint.size,
    }
    if as_json:
        put_json(value)
    else:
        put(f"good: entry {proof.index} is in `{checkpoint.origin}` of size {checkpoint.size}")
    return Exit.YES


@command
def export_copy(
    location: Location,
    target: Annotated[Path, typer.Argument(help="The directory.", show_default=False)],
    *,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Write a static directory that is a complete, verifiable copy up to the last checkpoint."""
    with closing(open_store(location, origin)) as store:
        vkeys = list(verify_keys(location, origin))
        checkpoint = export(store, target, vkeys)
    value = {"origin": checkpoint.origin, "size": checkpoint.size, "directory": str(target)}
    if as_json:
        put_json(value)
    else:
        put(f"{target}: {checkpoint.size} entries of `{checkpoint.origin}`")
    return Exit.YES


def verify_keys(location: str, origin: str) -> Iterator[str]:
    """The keys that the log itself names."""
    with closing(open_store(location, origin)) as store, store.reading() as session:
        for row in session.rows(0, 1):
            yield from decode_entry(row.body, row.seq).data["vkeys"]


@command
def replay_decisions(location: Location, *, origin: Origin = "", as_json: AsJson = False) -> Exit:
    """Decide every recorded decision again: 0 all the same, 1 a difference, 3 could not tell."""
    # The engine is large, and no other command of the ledger needs it.
    from gardefou.recording import Again  # noqa: PLC0415 - see above

    with closing(open_store(location, origin)) as store:
        with store.reading() as session:
            _, name = session.origin()
        with closing(open_keyring(location, name)) as keyring:
            report = replay(store, keyring, Again(store))
    if as_json:
        put_json(report)
    else:
        put(
            f"{report.reproduced} of {report.decisions} decisions reproduced, "
            f"{report.erased} erased, {report.expired} expired, "
            f"{len(report.differences)} differences"
        )
        for found in report.differences:
            put(
                f"entry {found.seq}: {found.field}: "
                f"recorded {found.recorded!a}, replayed {found.replayed!a}"
            )
    if report.differences:
        return Exit.NO
    return Exit.YES if report.reproduced else Exit.UNKNOWN
