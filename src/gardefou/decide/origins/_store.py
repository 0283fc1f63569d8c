"""The words of a session, indexed so that the origin of a value is a look-up.

1. Only the strict form of a value gives trust; the loose form takes it away (`_forms`).
2. More text from outsiders never makes anything more trusted.
3. A guess about who can write a result is no ground for trust: only a person's label is.
4. What only repeats the call's own arguments is no new source for them.
5. Everything is bounded; when a bound is reached, what is not known counts as foreign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from gardefou.constitution.catalogue import Ingested, Tool
from gardefou.decide.grants import Use, use_of
from gardefou.decide.origins._addresses import addresses_in
from gardefou.decide.origins._cues import addresses_agent
from gardefou.decide.origins._fields import Field, read_fields
from gardefou.decide.origins._forms import loose, strict
from gardefou.decide.origins._prose import Passage, analyse
from gardefou.decide.origins._results import (
    Led,
    Place,
    Result,
    has_failed,
    looks,
    scalars,
    writer_of,
)
from gardefou.decide.origins._tools import Profile
from gardefou.decide.origins._user import Wishes

MAX_RESULTS = 10_000
MAX_PASSAGES = 20_000
MAX_VALUES = 200_000
MAX_PLACES = 16
MAX_REFERENCES = 64
MAX_RECORD_WORDS = 64
MAX_USES = 10_000

_GENERIC_LINKS = 2  # words for kinds of things that link like one name
_TELLING_FIELDS = 4  # a shorter answer to an act is word of what was done
_VALUE_CHARS = 400  # longer fields are contents
_PARTS = re.compile(r"[\s_.@,;:/()-]+")


class Store:
    """What was said and read in one session; grows with `hear` and `see`, read by `label`."""

    def __init__(self) -> None:
        """An empty session: nobody has spoken, nothing was read."""
        self.wishes = Wishes()
        self.results: list[Result] = []
        self.fields: dict[str, list[Place]] = {}
        self.records: dict[tuple[int, int], set[str]] = {}
        self.passages: list[Passage] = []
        self.outside_values: dict[str, list[int]] = {}
        self.passages_by_act: dict[str, list[int]] = {}
        self.tainted_at: set[int] = set()
        self.blocks = 0
        self.addressing: dict[int, int] = {}
        self.memo: dict[tuple[Profile, str, bool, bool, int], tuple[int, int]] = {}
        self.links: dict[tuple[int, int, int], bool] = {}
        self.asked: dict[tuple[Profile, int], bool] = {}
        self.exposed = False
        self.truncated = False
        self.done: dict[str, int] = {}
        self.uses: list[Use] = []
        self.version = 0

    def hear(self, speaker: Literal["user", "operator", "model"], text: str) -> None:
        """Take in words of the user, the operator or the model; the model's give nothing."""
        self.version += 1
        if speaker != "model":
            self.wishes.hear(speaker, text)

    def called(self, tool: Tool, ingested: Ingested) -> None:
        """Note that a call was carried out: grants count it, and a second one is a repetition."""
        if len(self.uses) < MAX_USES:
            self.uses.append(use_of(tool, ingested))
        self.done[tool.name] = self.done.get(tool.name, 0) + 1

    def see(self, tool: Tool, arguments: Ingested | Mapping[str, Any], content: Any) -> None:
        """Take in the result of a call; linear in its size."""
        if isinstance(arguments, Ingested):
            arguments = arguments.arguments
        if content is None or content == "":
            return
        self.version += 1
        if len(self.results) >= MAX_RESULTS:
            self.exposed = self.truncated = True
            return
        if has_failed(content):
            self.done[tool.name] = max(self.done.get(tool.name, 0) - 1, 0)
        number = len(self.results)
        guessed = tool.labelled_by != "person"
        writers = {} if guessed else {field.path: field.writer for field in tool.results}
        asked = scalars(arguments)
        result = Result(tool.name, self._led(asked))
        self.results.append(result)
        echoed = {strict(str(value)) for value in asked}
        fields = read_fields(content)
        telling = not guessed or looks(tool) or len(fields) >= _TELLING_FIELDS
        for field in fields:
            writer = writer_of(writers, field.path)
            outside = writer in ("mixed", "outsider")
            if outside and telling:
                self.exposed = True
            found = addresses_in(field.text)
            if outside and (
                field.prose or " " in field.text.strip() or addresses_agent(field.text)
            ):
                self._read_prose(field, number, result)
            result.take(field, found)
            if not field.prose or len(field.text) < _VALUE_CHARS:
                self._read_value(
                    field, number, trusted=not outside, echoed=strict(field.text) in echoed
                )

    def _read_value(self, field: Field, result: int, *, trusted: bool, echoed: bool) -> None:
        """Index a field; what only repeats the call's own argument stands for nothing new."""
        key = strict(field.text)
        if len(self.fields) >= MAX_VALUES or not key:
            self.truncated = self.truncated or bool(key)
            return
        if not echoed:
            places = self.fields.setdefault(key, [])
            if len(places) < MAX_PLACES:
                places.append(Place(result, field.record, field.path, trusted))
        words = self.records.setdefault((result, field.record), set())
        if len(words) < MAX_RECORD_WORDS:
            words.update(part for part in _PARTS.split(key) if len(part) > 1)

    def _read_prose(self, field: Field, number: int, result: Result) -> None:
        self.exposed = self.exposed or field.prose
        self.blocks += 1
        for said in analyse(field.text):
            result.addressing = result.addressing or said.addressing
            if len(self.passages) >= MAX_PASSAGES or len(self.outside_values) >= MAX_VALUES:
                self.truncated = True
                return
            self._keep(Passage(number, field.record, self.blocks, not field.prose, said))

    def _keep(self, passage: Passage) -> None:
        index = len(self.passages)
        self.passages.append(passage)
        if passage.said.tainted:
            self.tainted_at.add(index)
        if passage.said.addressing:
            self.addressing.setdefault(passage.block, index)
        for act in passage.said.asked_for:
            self.passages_by_act.setdefault(act, []).append(index)
        for value in passage.said.values:
            references = self.outside_values.setdefault(value, [])
            if len(references) < MAX_REFERENCES:
                references.append(index)

    def is_linked(self, result: int, record: int) -> bool:
        """Tell whether a record is about a thing that the user named."""
        key = (result, record, self.wishes.version)
        known = self.links.get(key)
        if known is None:
            words = self.records.get((result, record), set())
            known = not words.isdisjoint(self.wishes.named) or (
                len(words & self.wishes.spoken) >= _GENERIC_LINKS
            )
            self.links[key] = known
        return known

    def some_linked(self, place: Place) -> bool:
        """Tell whether the user's words single out records among those with such a field."""
        records = self.results[place.result].paths.get(place.path, ())
        return any(self.is_linked(place.result, record) for record in records)

    def pointed_at(self, passage: Passage) -> bool:
        """Tell whether the user pointed at the text in which a passage stands."""
        result = self.results[passage.result]
        if result.addressing or result.led == "outsider":
            return False
        if result.led == "user" and result.records <= 1:
            return True
        linked = self.is_linked(passage.result, passage.record)
        # Who names a document by its own name has pointed at that one and at no other text.
        if result.led == "user" or self.wishes.by_name:
            return linked and result.led == "user"
        return (self.wishes.open or self.wishes.following) and (
            linked or (result.led == "words" and result.records <= 1)
        )

    def loudest(self, index: int) -> Passage:
        """Return the sentence of a text that speaks to the agent, or the one given."""
        passage = self.passages[index]
        return self.passages[self.addressing.get(passage.block, index)]

    def speaks_of(self, text: str) -> bool:
        """Tell whether the user or the operator wrote a value."""
        return bool(self.wishes.speaker_of(strict(text)))

    def has_read(self, text: str) -> bool:
        """Tell whether a value stands in a result."""
        return strict(text) in self.fields or bool(self.prose_with(text))

    def _identifies(self, text: str) -> bool:
        """Tell whether the user wrote a value that can only mean one thing: a name, a number."""
        key = strict(text)
        if len(key) < 3 or not self.wishes.speaker_of(key):
            return False
        return any(not char.isalpha() for char in key) or text[:1].isupper() or " " in key

    def _led(self, asked: list[Any]) -> Led:
        texts = [str(value) for value in asked if isinstance(value, (str, int, float))]
        texts = [text for text in texts if text]
        if not texts:
            return "none"
        if any(self._identifies(text) for text in texts):
            return "user"
        if any(self.wishes.shares(text) for text in texts):
            return "words"
        passages = [self.passages[index] for text in texts for index in self.prose_with(text)]
        if passages:
            left = self.wishes.open or self.wishes.links
            followed = left and any(self.pointed_at(passage) for passage in passages)
            return "words" if followed else "outsider"
        return "none"

    def prose_with(self, text: str) -> list[int]:
        """Return the outsiders' passages that hold all values of a text."""
        whole = loose(text)
        if not whole:
            return []
        found = self.outside_values.get(whole)
        if found:
            return found
        parts = [part for part in (loose(piece) for piece in text.split()) if part]
        if len(parts) < 2 or len(parts) > 40:
            return []
        lists = [self.outside_values.get(part) for part in parts]
        if not all(lists):
            return []
        common = set(lists[0] or ())
        for other in lists[1:]:
            common &= set(other or ())
        return sorted(common)
