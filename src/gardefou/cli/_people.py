"""What the commands of human supervision share: opening, voting through the owner, showing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from gardefou.cli._documents import constitution_of
from gardefou.cli._output import put, read_text
from gardefou.cli._owner import at_ledger
from gardefou.constitution.catalogue import Catalogue, load_catalogue
from gardefou.decide import Guard, quoted
from gardefou.errors import UsageError
from gardefou.ledger import (
    Ledger,
    decode_entry,
    is_postgres,
    open_keyring,
    open_store,
)
from gardefou.recording import Again
from gardefou.supervision import (
    Answer,
    GlassUseRequest,
    Hold,
    Holds,
    HoldView,
    Request,
    VoteRequest,
    carry_out,
    hand_in,
)

By = Annotated[str, typer.Option(help="Who you are, as the roles name you.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; it is kept.", show_default=False)]
Tenant = Annotated[str, typer.Option(help="Only this tenant.", show_default=False)]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="The signing key's file. [default: LEDGER.key]", show_default=False),
]
Layers = Annotated[
    list[Path] | None,
    typer.Option(
        "--constitution",
        help="The constitution in force, in layers. [default: the one that held the action]",
        show_default=False,
    ),
]
Labels = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        help="The catalogue in force. [default: the one that held the action]",
        show_default=False,
    ),
]
HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.", show_default=False)]
Seen = Annotated[
    str,
    typer.Option(
        help="The digest that `hold show` showed you, or its first 12 characters; asked for if left out.",
        show_default=False,
    ),
]
SHORTEST_DIGEST = 12


@contextmanager
def reading(
    location: str,
    origin: str = "",
    *,
    layers: Sequence[Path] | None = None,
    labels: Path | None = None,
) -> Iterator[Holds]:
    """The holds of a ledger, beside whoever writes it."""
    store = open_store(location, origin)
    try:
        with store.reading() as session:
            name = session.origin()[1]
        with closing(open_keyring(location, name)) as keyring:
            guards = _named(layers, labels) if layers else _kept(Again(store), store)
            yield Holds(store, keyring, guards)
    finally:
        store.close()


def submit(
    location: str,
    request: Request,
    *,
    key: Path | None,
    layers: Sequence[Path] | None = None,
    labels: Path | None = None,
) -> Answer:
    """Carry a request out here, or hand it in where another process owns the ledger's file.

    Raises:
        UsageError: when it was refused.
        LedgerUnavailable: when it could not be made durable.
    """
    with at_ledger(location, key) as at:
        if not isinstance(at, Ledger):
            return hand_in(location, request)
        with closing(open_keyring(location, at.origin)) as keyring:
            if layers:
                guards = _named(layers, labels)
            else:
                hold = request.hold if isinstance(request, (VoteRequest, GlassUseRequest)) else ""
                guards = _kept(Again(at.store), at.store, hold)
            holds = Holds(at, keyring, guards)
            holds.start(alone=not is_postgres(location))
            with closing(holds):
                return carry_out(holds, request)


def _named(layers: Sequence[Path], labels: Path | None) -> Callable[[str], Guard]:
    """The guard that the command line names."""
    known = Catalogue() if labels is None else load_catalogue(read_text(labels))
    guard = Guard(constitution_of(layers, known), known)
    return lambda _: guard


def _kept(again: Again, store: object, hold_id: str = "") -> Callable[[str], Guard]:
    """The guard under which a hold, or the last one of a tenant, was decided."""

    def guards(tenant: str) -> Guard:
        with store.reading() as session:  # type: ignore[attr-defined] # - a store
            row = session.run(
                "SELECT seq FROM hold WHERE (id = ? OR ? = '') AND tenant = ?"
                " ORDER BY seq DESC LIMIT 1",
                (hold_id, hold_id, tenant),
            ).fetchone()
            if row is None:
                raise UsageError(
                    f"no hold of {quoted(tenant)} says which constitution is in force",
                    code="hold.no_constitution",
                    help="name it with --constitution",
                )
            entry = next(session.rows(int(row[0]), int(row[0]) + 1))
        data = decode_entry(entry.body, entry.seq).data
        return again.guard(data["constitution"], data["catalogue"])

    return guards


def seen_by(location: str, hold_id: str, seen: str, what: Literal["approve", "deny"]) -> str:
    """The digest that the person has seen: named, or shown here and agreed to at the terminal."""
    with reading(location) as holds:
        hold = holds.core.read(hold_id)
        if seen:
            short = seen.removeprefix("sha256:")
            is_it = len(short) >= SHORTEST_DIGEST and hold.digest.removeprefix(
                "sha256:"
            ).startswith(short)
            return hold.digest if is_it else seen
        if not sys.stdin.isatty():
            raise UsageError(
                "nobody says which call was seen",
                code="hold.seen",
                help="read it with `gardefou hold show` and pass its digest with --seen",
            )
        for text in card_of(holds.view(hold), holds.core.now()):
            put(text)
    if typer.prompt(f"type {what} to {what} exactly this", default="", show_default=False) != what:
        raise UsageError("nothing was said", code="hold.seen", help="nothing was changed")
    return hold.digest


def plain_hold(hold: Hold) -> dict[str, object]:
    """A hold for programs; its nonce is nobody's business."""
    value: dict[str, object] = msgspec.to_builtins(hold)
    value.pop("nonce")
    return value


def line_of(hold: Hold, now_us: int) -> str:
    """A hold on one line."""
    people = ", ".join(f"{count} {role}" for role, count in hold.ask.quorum.items()) or "the user"
    left = f"{span(hold.decide_by_us - now_us)} left" if hold.state == "pending" else hold.code
    return (
        f"{hold.id}  {hold.state:<9}  {left:<12}  {quoted(hold.tool)}  "
        f"{', '.join(hold.ask.rules)}  waits for {people}"
    )


def span(duration_us: int) -> str:
    """A duration for people: the two largest units."""
    seconds = max(0, duration_us // 1_000_000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {seconds % 60:02}s"


def card_of(card: HoldView, now_us: int) -> Iterator[str]:
    """A hold's card, line by line; what comes from outside is shown escaped."""
    hold = card.hold
    yield line_of(hold, now_us)
    yield f"will happen  {card.sentence}"
    yield f"why          {card.why}"
    who = card.asked_by
    chain = (
        ("tenant", who.tenant),
        ("application", who.application),
        ("agent", who.agent),
        ("user", who.user),
        *(("for", name) for name in who.on_behalf_of),
    )
    yield "asked by     " + ", ".join(f"{what} {quoted(name)}" for what, name in chain if name)
    yield f"arguments    {visible(card.arguments)}"
    for value in card.values:
        origin = value.origin
        marks = "" if origin is None else f"  ({_origin(origin)})"
        yield f"  {visible(value.path)} = {visible(value.text)}{marks}"
    for change in card.changed or ():
        yield f"  changed since {card.last_approved}: {visible(change.path)} was {quoted(change.before)}"
    for past in card.before:
        yield f"before       {past.verdict} {quoted(past.tool)} {visible(past.text)}"
    for seat in card.seats:
        given, open_to = ", ".join(seat.approved) or "nobody yet", ", ".join(seat.open_to)
        yield f"needs        {seat.count} of {seat.role}: {given}; may still vote: {open_to or 'nobody'}"
    for vote in card.votes:
        yield f"vote         {vote.verdict} by {quoted(vote.person)} ({vote.channel}): {visible(vote.reason)}"
    for text in card.prose.splitlines():
        if text.strip():
            yield f"prose        {text}"
    yield f"digest       {hold.digest or '(over)'}"


def visible(text: str) -> str:
    """Text from outside on one line, whole, with every invisible character shown."""
    return "".join(
        character
        if character == " " or character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def _origin(origin: object) -> str:
    source = getattr(origin, "source", "")
    words = [f"from the {source}"]
    if tool := getattr(origin, "tool", ""):
        words.append(f"by {quoted(tool)}")
    if getattr(origin, "outsider", False):
        words.append("an outsider can write it")
    if getattr(origin, "named", False):
        words.append("the user or operator named it")
    return ", ".join(words)
