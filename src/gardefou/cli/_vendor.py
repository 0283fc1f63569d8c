"""Running a simulated vendor for ``gardefou simulate``, from a script or from recorded sessions."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from gardefou.cli._output import ContentError, Exit, note, put, read_text
from gardefou.doors.simulate import (
    ECHO,
    START,
    Answer,
    Called,
    Recording,
    Script,
    Simulated,
    Visit,
    load_script,
)
from gardefou.replay import Said, Trace, survey

Played = Script | Sequence[Recording]


def script(path: Path | None) -> Script:
    """The script in a file, or the one that answers everything alike.

    Raises:
        LoadError: with every mistake of the script.
        FileError: ``cli.file`` when it cannot be read.
    """
    return ECHO if path is None else load_script(read_text(path), file=str(path))


def recordings(paths: Sequence[Path]) -> tuple[Recording, ...]:
    """The sessions in trace files, as a vendor sees them.

    Raises:
        LoadError: with every mistake of the files.
        ContentError: ``simulate.no_sessions`` when they hold none.
    """
    found = survey(paths)
    for skipped in found.notes:
        note(skipped)
    played = tuple(recording(trace) for source in found.sources for trace in source.traces())
    if not played:
        raise ContentError(
            "the files hold no sessions",
            code="simulate.no_sessions",
            help="give files in the trace format of the reference",
        )
    return played


def recording(trace: Trace) -> Recording:
    """One turn of the model for each call, with the words that the model said before it."""
    users: list[str] = []
    answers: list[Answer] = []
    words: list[str] = []
    for event in trace.events:
        if not isinstance(event, Said):
            made = Called(tool=event.tool, arguments=event.arguments, id=event.id)
            answers.append(Answer(say="\n".join(words), call=(made,)))
            words = []
        elif event.speaker == "model":
            words.append(event.text)
        elif event.speaker == "user":
            if words:
                answers.append(Answer(say="\n".join(words)))
                words = []
            users.append(event.text)
    if words:
        answers.append(Answer(say="\n".join(words)))
    return Recording(name=trace.id, users=tuple(users), answers=tuple(answers))


def tell(played: Played) -> Exit:
    """Say what is in it, one line for each recording or for the whole script."""
    if isinstance(played, Script):
        put(f"{len(played.answers)} answers")
    else:
        for found in played:
            put(f"{found.name}: {len(found.answers)} answers")
    return Exit.YES


def listen(
    played: Played, *, host: str, port: int, key: str, at: datetime | None, cut_seed: int | None
) -> Exit:
    """Answer until told to stop.

    Raises:
        FileError: ``simulate.port`` when the address cannot be used.
    """
    vendor = Simulated(
        played, host=host, port=port, key=key, at=at or START, cut_seed=cut_seed, watch=_told
    )
    asyncio.run(_until_stopped(vendor))
    return Exit.YES


async def _until_stopped(vendor: Simulated) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with vendor:
        put(f"listening on {vendor.base_url}")
        put(f"    OpenAI SDKs:     base_url={vendor.base_url}/v1")
        put(f"    Anthropic SDKs:  base_url={vendor.base_url}")
        sys.stdout.flush()
        await stop.wait()


def _told(visit: Visit) -> None:
    """One line for each request, without what was said in it."""
    asked = visit.served.asked if visit.served is not None else None
    what = f"{asked.wire} {asked.model} turn {asked.turn}" if asked is not None else ""
    note(f"{visit.status} {visit.incoming.method} {_shown(visit.incoming.path)} {_shown(what)}")


def _shown(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]
