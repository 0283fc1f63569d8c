"""The origin of one argument value, by look-ups in what was said and read.

In this order; the first that holds speaks:

1. the user or the operator wrote it;
2. it stands in a field that only the organisation writes;
3. it stands in a field of a record that outsiders can write: it is *named* when the record is
   about a thing that the user named and the value is that thing's own, *delegated* when the user
   asked for the act and left the choice to such records;
4. it stands in outsiders' prose: *delegated* when the user pointed at that text and it is the
   only value of its kind there;
5. the model made it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gardefou._late import late
from gardefou.decide.origins._addresses import shape_of
from gardefou.decide.origins._forms import host, strict
from gardefou.decide.origins._forms import loose as key_of
from gardefou.decide.origins._grammar import words
from gardefou.decide.origins._model import LeafOrigin
from gardefou.decide.origins._prose import Passage
from gardefou.decide.origins._results import Place, last_word
from gardefou.decide.origins._store import Store
from gardefou.decide.origins._tools import Profile

_TELLING = 4  # shorter values stand in any text by chance
_WORDS_OF_A_TEXT = 3  # spaces; what is said is looked at for its parts, by `_intent`
_LONG = 200  # longer texts are contents: they are looked up by the values that stand in them
_OWNER_KEYS = late(
    r"(?:^|[._\[\]])(?:from|sender|author|reply_?to|de|expediteur|auteur|owner|organi[sz]er|contact"
    r"|email|mail|courriel|phone|telephone|handle|iban|account|address|user(?:name)?)(?:_\w+)?$",
    re.IGNORECASE,
)

_SENDERS = words(
    """
    from sender author de expediteur auteur auteure partner customer remitter
    """
)


def origin_of(store: Store, leaf: Any, tool: Profile, *, asked: bool) -> LeafOrigin:
    """Say where the value of one argument leaf comes from."""
    text: str = leaf.text
    key = strict(text) if len(text) <= _LONG else ""
    speaker = store.wishes.speaker_of(key) if key else ""
    if speaker == "user":
        return _leaf(leaf, "user", named=True, trusted=True, evidence="the user wrote it")
    if speaker:
        return _leaf(leaf, "operator", named=True, trusted=True, evidence="the operator wrote it")
    if not key or (leaf.role == "content" and text.count(" ") >= _WORDS_OF_A_TEXT):
        return _leaf(leaf, "model", evidence="a text that the model put together")
    places: Sequence[Place] = store.fields.get(key, ())
    for place in places:
        result = store.results[place.result]
        if place.trusted and not result.addressing:
            said = f"it stands in a field of `{result.tool}`, which only the organisation writes"
            return _leaf(leaf, "tool", tool=result.tool, trusted=True, evidence=said)
    passages = [store.passages[index] for index in store.prose_with(text)]
    if places:
        return _from_fields(store, leaf, tool, places, passages, asked=asked)
    if passages:
        return _from_prose(store, leaf, tool, passages, asked=asked)
    if site := host(key):
        passages = [store.passages[index] for index in store.prose_with(site)]
    if passages:
        tool_name = store.results[passages[0].result].tool
        said = (
            f"its site stands only in text read by `{tool_name}`, the rest the model put together"
        )
        return _leaf(leaf, "tool", tool=tool_name, outsider=True, evidence=said)
    return _leaf(leaf, "model", evidence="nobody wrote it: the model made it")


def _from_fields(
    store: Store,
    leaf: Any,
    tool: Profile,
    places: Sequence[Place],
    passages: Sequence[Passage],
    *,
    asked: bool,
) -> LeafOrigin:
    name = store.results[places[0].result].tool
    telling = len(key_of(leaf.text)) >= _TELLING  # "3" stands in any text
    steered = any(
        passage.said.tainted
        or (telling and passage.said.directing and passage.said.acts & tool.acts)
        for passage in passages
    )
    named = not steered and any(_owned(store, leaf, place) for place in places)
    left = asked or store.wishes.open
    if leaf.role == "urls" or shape_of(leaf.text) == "url":
        left = left and store.wishes.links
    chosen = left and not steered and any(_selectable(store, leaf, place) for place in places)
    said = f"it stands in a field of `{name}`, which outsiders can write"
    return _leaf(
        leaf, "tool", tool=name, named=named, delegated=chosen, outsider=True, evidence=said
    )


def _owned(store: Store, leaf: Any, place: Place) -> bool:
    """Tell whether the value belongs to a thing that the user named."""
    if not shape_of(leaf.text):
        return store.is_linked(place.result, place.record)
    if store.wishes.names(leaf.text):
        return True
    return bool(_OWNER_KEYS.search(place.path)) and store.is_linked(place.result, place.record)


def _selectable(store: Store, leaf: Any, place: Place) -> bool:
    """Tell whether the user's request leaves the choice among such fields to the agent."""
    result = store.results[place.result]
    if result.led == "outsider" or result.addressing:
        return False
    linked = store.is_linked(place.result, place.record)
    if not shape_of(leaf.text):
        return linked or store.wishes.many or not store.some_linked(place)
    if linked and last_word(place.path) == last_word(leaf.path):
        return True
    if _OWNER_KEYS.search(place.path):
        unnamed = store.wishes.replying and not store.some_linked(place)
        answers = unnamed and last_word(place.path) in _SENDERS
        return linked or result.led == "user" or answers
    return store.wishes.many or len(result.addresses.get(shape_of(leaf.text), ())) <= 1


def _from_prose(
    store: Store, leaf: Any, tool: Profile, passages: Sequence[Passage], *, asked: bool
) -> LeafOrigin:
    name = store.results[passages[0].result].tool
    left = asked or store.wishes.open
    if leaf.role == "urls" or shape_of(leaf.text) == "url":
        left = left and store.wishes.links
    chosen = left and any(
        (
            (store.pointed_at(passage) or _is_sole(store, leaf, passage))
            and _is_of_its_kind(store, leaf, tool, passage)
        )
        or _is_datum(store, leaf, passage)
        for passage in passages
    )
    said = f"it stands only in text read by `{name}`, which outsiders can write"
    return _leaf(leaf, "tool", tool=name, delegated=chosen, outsider=True, evidence=said)


def _is_sole(store: Store, leaf: Any, passage: Passage) -> bool:
    """Tell whether a result that the user pointed at has one address of this kind in all."""
    result = store.results[passage.result]
    known = result.addresses.get(shape_of(leaf.text), ())
    return result.led == "user" and not result.addressing and len(known) == 1


def _is_datum(store: Store, leaf: Any, passage: Passage) -> bool:
    """Tell whether a short text holds the value as a field would ("discount: SPRING10")."""
    result = store.results[passage.result]
    fetched = result.led != "outsider" and not result.addressing
    return passage.brief and fetched and not passage.said.asked_for and not shape_of(leaf.text)


def _is_of_its_kind(store: Store, leaf: Any, tool: Profile, passage: Passage) -> bool:
    """Tell whether prose is where such a source has such values, and this is the only one.

    A result that has a field for them has them there; what its prose offers instead is odd.
    """
    result = store.results[passage.result]
    if last_word(leaf.path) in result.keys:
        return False
    if leaf.role == "recipients" and "send" in tool.acts and result.keys & _SENDERS:
        return False
    shape = shape_of(leaf.text)
    if not shape or store.wishes.many:
        return True
    return len(result.addresses.get(shape, ())) <= 1


def _leaf(leaf: Any, source: Any, **more: Any) -> LeafOrigin:
    more.setdefault("trusted", False)
    return LeafOrigin(path=leaf.path, role=leaf.role, source=source, **more)
