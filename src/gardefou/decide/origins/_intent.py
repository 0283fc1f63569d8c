"""Whose idea a call is: asked, left to a source, or suggested by an outsider's text.

1. *Asked*: a request of the user carries the call (`_asked`), or goes in its direction while the
   user or the operator wrote every value that decides.
2. *Left*: the user told the agent to do what a source says, pointed at that source, and it says
   this; never for money, deletion or control over people, machines, programs and secrets.
3. *Prompted*: an outsider's passage asks for such an act and holds a deciding value that the user
   did not name, or speaks of the tool's object while the user did not ask; or it speaks to the
   agent and holds such a value, asks for the same act, or is sent on in the call's contents.
4. *Foreign*: a deciding value is an outsider's and nobody on our side chose it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gardefou.constitution.catalogue import ROLES
from gardefou.decide.origins._addresses import shape_of
from gardefou.decide.origins._asked import (
    CONTROL,
    LOOKING,
    asks_for,
    leans_towards,
    looks_only,
    with_steps,
)
from gardefou.decide.origins._forms import loose
from gardefou.decide.origins._model import LeafOrigin
from gardefou.decide.origins._prose import Passage, values_of
from gardefou.decide.origins._store import Store
from gardefou.decide.origins._tools import Profile

_BEYOND = CONTROL | {"pays", "deletes"}  # what no open-ended request leaves to a source
_BEFORE, _AFTER = 3, 1  # sentences around a value in which the request for it may stand
_CONTENT_CHARS = 4_000
_SHARED_WORDS = 0.6
_TELLING = 4  # shorter values stand in any text by chance

_REACHING = frozenset(
    name
    for name, role in ROLES.items()
    if (role.deciding and name not in ("amount", "permission", "secrets")) or name == "other"
)


def is_asked(store: Store, tool: Profile, leaves: Sequence[Any]) -> bool:
    """Tell whether the user's words ask for this; naming every deciding value helps."""
    key = (tool, store.wishes.version)  # not the name: a shell's calls differ in their effects
    known = store.asked.get(key)
    if known is None:
        known = looks_only(tool) or asks_for(store.wishes.requests, tool)
        store.asked[key] = known
    if known:
        return True
    deciding = [leaf.text for leaf in leaves if ROLES[leaf.role].deciding and leaf.role != "amount"]
    if not deciding or not leans_towards(store.wishes.requests, tool):
        return False
    spoken = [store.speaks_of(text) for text in deciding]
    return any(spoken) and all(
        said or not store.has_read(text) for said, text in zip(spoken, deciding, strict=True)
    )


def is_left(store: Store, tool: Profile, origins: Sequence[LeafOrigin]) -> bool:
    """Tell whether the user left it to a source to say what is to be done, and it says this."""
    if not store.wishes.open or tool.grave & _BEYOND:
        return False
    if any(origin.is_foreign for origin in origins if ROLES[origin.role].deciding):
        return False
    return any(
        with_steps(passage.said.acts) & tool.acts and store.pointed_at(passage)
        for passage in store.passages
    )


def reaches_foreign(
    store: Store,
    tool: Profile,
    leaves: Sequence[Any],
    origins: Sequence[LeafOrigin],
    *,
    repeated: bool,
) -> bool:
    """Tell whether whom or what the call reaches was chosen by an outsider.

    An address reaches somebody whatever role its argument was given.
    """
    roles = _REACHING | {"secrets"} if "changes_credentials" in tool.consequences else _REACHING
    again = repeated and bool(tool.grave)
    for leaf, origin in zip(leaves, origins, strict=True):
        shape = shape_of(leaf.text)
        if origin.role not in roles and not shape:
            continue
        if origin.is_foreign:
            return True
        if again and origin.outsider and not origin.named and ROLES[origin.role].deciding:
            return True
        if store.truncated and origin.source == "model":
            return True
        if origin.role == "secrets" and store.exposed and not origin.named:
            return True  # a new password is the user's own or nobody's
        is_url = origin.role == "urls" or shape == "url"
        if is_url and origin.source == "model" and store.exposed:
            return True  # an address that the model put together can carry anything out
    return False


def is_pointed(
    store: Store,
    passage: Passage | None,
    leaves: Sequence[Any],
    origins: Sequence[LeafOrigin],
    *,
    asked: bool,
    foreign: bool,
) -> bool:
    """Tell whether what an outsider chose or asked for stands in texts that the user pointed at.

    The user must have asked for the act, or handed the task to the text: who asks how long a text
    is has not. A secret is never such a value, and neither is one that no text holds.
    """
    if not (asked or store.wishes.open) or not (foreign or passage is not None):
        return False
    chosen = [(leaf, o) for leaf, o in zip(leaves, origins, strict=True) if o.is_foreign]
    if foreign and not chosen:
        return False
    sources = [] if passage is None else [passage]
    for leaf, origin in chosen:
        found = [store.passages[index] for index in store.prose_with(leaf.text)]
        pointed = [place for place in found if store.pointed_at(place)]
        if not pointed or origin.role == "secrets":
            return False
        sources += pointed
    return bool(sources) and all(
        store.pointed_at(source) and not source.said.tainted for source in sources
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
    if not store.passages:
        return None
    values = [
        (leaf.text, origin)
        for leaf, origin in zip(leaves, origins, strict=True)
        if not origin.named and (ROLES[origin.role].deciding or origin.role == "other")
    ]
    return (
        _by_value(store, tool, values, left=left)
        or _by_act(store, tool, asked=asked, left=left, loose_ends=bool(values))
        or _by_content(store, leaves)
    )


def _by_value(
    store: Store, tool: Profile, values: Sequence[tuple[str, LeafOrigin]], *, left: bool
) -> Passage | None:
    """Find a passage that asks for such an act, or speaks to the agent, and holds a value."""
    for text, origin in values:
        short = len(loose(text)) < _TELLING
        for index in store.prose_with(text):
            if index in store.tainted_at:
                return store.loudest(index)
            for passage in _around(store, index):
                if short or origin.delegated or (left and store.pointed_at(passage)):
                    continue
                if passage.said.asked_for & tool.acts - LOOKING:
                    return passage
    return None


def _around(store: Store, index: int) -> Iterator[Passage]:
    block = store.passages[index].block
    for near in range(max(index - _BEFORE, 0), min(index + _AFTER + 1, len(store.passages))):
        if store.passages[near].block == block:
            yield store.passages[near]


def _by_act(
    store: Store, tool: Profile, *, asked: bool, left: bool, loose_ends: bool
) -> Passage | None:
    """Find a passage that asks for such an act on the tool's kind of object."""
    if asked and not (loose_ends and store.tainted_at):
        return None
    for act in tool.acts:
        found = _first(store, tool, act, asked=asked, left=left)
        if found is not None:
            return found
    return None


def _first(store: Store, tool: Profile, act: str, *, asked: bool, left: bool) -> Passage | None:
    """Scan only the passages that came since the last call; what was found stays found."""
    indices = store.passages_by_act.get(act, [])
    key = (tool, act, asked, left, store.wishes.version)
    start, found = store.memo.get(key, (0, -1))
    if found < 0:
        for index in indices[start:]:
            passage = store.passages[index]
            if asked and not passage.said.tainted:
                continue
            if left and store.pointed_at(passage):
                continue
            if passage.said.classes & tool.classes or passage.said.words & tool.words:
                found = index
                break
        store.memo[key] = (len(indices), found)
    return store.loudest(found) if found >= 0 else None


def _by_content(store: Store, leaves: Sequence[Any]) -> Passage | None:
    """Find a passage that speaks to the agent and whose words the call sends on."""
    if not store.tainted_at:
        return None
    for leaf in leaves:
        if ROLES[leaf.role].deciding or len(leaf.text) < _TELLING:
            continue
        said = values_of(leaf.text[:_CONTENT_CHARS])
        candidates = {
            index
            for value in said
            for index in store.outside_values.get(value, ())
            if index in store.tainted_at
        }
        for index in sorted(candidates):
            shared = said & store.passages[index].said.values
            telling = any(len(value) > 9 and any(c.isdigit() for c in value) for value in shared)
            if telling or (len(said) > 3 and len(shared) >= _SHARED_WORDS * len(said)):
                return store.loudest(index)
    return None
