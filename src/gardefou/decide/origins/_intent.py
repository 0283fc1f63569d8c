"""Whose idea a call is: asked, left to a source, or suggested by an outsider's text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gardefou.constitution.catalogue import ROLES
from gardefou.decide.origins._asked import CONTROL, asks_for, leans_towards, looks_only, with_steps
from gardefou.decide.origins._forms import loose
from gardefou.decide.origins._model import LeafOrigin
from gardefou.decide.origins._prose import Passage, values_of
from gardefou.decide.origins._store import Store
from gardefou.decide.origins._tools import Profile

_CONTENT_CHARS = 4_000
_BEYOND = CONTROL | {"pays", "deletes"}  # what no open-ended request leaves to a source
_SHARED_WORDS = 0.6
_TELLING = 4  # shorter values stand in any text by chance


def is_asked(store: Store, tool: Profile, leaves: Sequence[Any]) -> bool:
    """Tell whether the user's words ask for this; naming every deciding value helps."""
    requests = store.wishes.requests
    if looks_only(tool) or asks_for(requests, tool):
        return True
    deciding = [leaf.text for leaf in leaves if ROLES[leaf.role].deciding and leaf.role != "amount"]
    if not deciding or not leans_towards(requests, tool):
        return False
    return all(store.speaks_of(text) for text in deciding)


def is_left(store: Store, tool: Profile, leaves: Sequence[LeafOrigin]) -> bool:
    """Tell whether the user left it to a source to say what is to be done, and it says this."""
    if not store.wishes.open or tool.grave & _BEYOND:
        return False
    if any(o.outsider and not (o.named or o.delegated) for o in leaves if ROLES[o.role].deciding):
        return False
    return any(
        store.pointed_at(passage)
        and with_steps(passage.acts) & tool.acts
        for passage in store.passages
    )


def prompting(
    store: Store,
    tool: Profile,
    leaves: Sequence[Any],
    origins: Sequence[LeafOrigin],
    *,
    asked: bool,
    left: bool,
) -> Passage | None:
    """Return the outsider's passage that explains the call, if there is one."""
    open_values = [
        (leaf.text, origin)
        for leaf, origin in zip(leaves, origins, strict=True)
        if not origin.named and (ROLES[origin.role].deciding or origin.role == "other")
    ]
    if store.passages_by_act:
        found = _by_act(store, tool, open_values, asked=asked, left=left)
        if found is not None:
            return found
    for text, origin in open_values:
        if origin.outsider or origin.source == "model":
            for index in store.prose_with(text):
                if store.passages[index].tainted:
                    return store.passages[index]
    return _by_content(store, leaves, asked=asked)


def _by_act(
    store: Store,
    tool: Profile,
    open_values: Sequence[tuple[str, LeafOrigin]],
    *,
    asked: bool,
    left: bool,
) -> Passage | None:
    indices = {index for act in tool.acts for index in store.passages_by_act.get(act, ())}
    for index in sorted(indices):
        passage = store.passages[index]
        if left and store.pointed_at(passage):
            continue
        for text, origin in open_values:
            if (passage.tainted or not origin.delegated) and _holds(passage, text):
                return passage
        if asked and not (open_values and passage.tainted):
            continue
        if passage.classes & tool.classes or passage.words & tool.words:
            return passage
    return None


def _by_content(store: Store, leaves: Sequence[Any], *, asked: bool) -> Passage | None:
    """Find a passage that addresses the agent and whose words the call sends on."""
    if not store.tainted:
        return None
    for leaf in leaves:
        if ROLES[leaf.role].deciding or len(leaf.text) < 4:  # noqa: PLR2004 - too short to tell
            continue
        said = values_of(leaf.text[:_CONTENT_CHARS])
        for index in store.tainted:
            passage = store.passages[index]
            shared = said & passage.near
            telling = any(len(value) > 9 and any(c.isdigit() for c in value) for value in shared)  # noqa: PLR2004 - an address or a code
            if telling or (len(said) > 3 and len(shared) >= _SHARED_WORDS * len(said)):  # noqa: PLR2004 - a sentence
                return passage
    return None


def _holds(passage: Passage, text: str) -> bool:
    whole = loose(text)
    if not whole:
        return False
    if len(whole) < _TELLING and not passage.tainted:
        return False
    if whole in passage.near:
        return True
    parts = [part for part in (loose(piece) for piece in text.split()) if part]
    return 1 < len(parts) < 40 and all(part in passage.near for part in parts)  # noqa: PLR2004 - a name, not a text
