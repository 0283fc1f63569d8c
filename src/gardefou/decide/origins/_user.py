"""What the user and the operator said: values they wrote, and what they asked for."""

from __future__ import annotations

import re

from gardefou.decide.origins._forms import host, strict, tokens
from gardefou.decide.origins._words import QUESTION, Request, requests, sentences, words_of

_COMMON = frozenset(
    """the a an and or to of in on at for with from by as is are was be been it its this that my your
    me i you we he she they them his her their our please can could would you will if so then all
    any each every do does did not no yes have has had about into out up use using make get give
    send email mail file message new one two first last next also just what which who how many much
    when where there here need want like le la les un une des du de et ou en dans sur pour avec par
    que qui quoi mon ma mes ton ta tes son sa ses votre vos notre nos il elle je tu nous vous""".split()
)
_DELEGATES = re.compile(
    r"""
    \b(?:do|perform|follow|execute|complete|carry\s+out|fulfil+|handle|take\s+care\s+of|process
        |act\s+on|comply\s+with|apply|implement|respond\s+to|deal\s+with|work\s+(?:on|through)|finish
        |solve|address|resolve|accomplish|honou?r|grant)\b
      [^.?!\n]{0,60}\b(?:instructions?|tasks?|actions?|requests?|to-?dos?|todos?|steps?|errands?|asks?
        |asked|wants?|needs?|says?|said|demands?|items|list|orders|guide|guidelines|recommendations?
        |suggestions?|mentioned|described|specified|listed|requirements?|chores?|assignments?|issues?
        |checklist|procedure|what(?:ever)?|(?:way|as)\s+(?:\w+\s+){0,3}(?:says?|asks?|wants?|describes?))\b
  | \b(?:the\s+way|like|as|what(?:ever)?)\s+(?:the\s+|it\s+|he\s+|she\s+|they\s+|\w+\s+){1,3}(?:says?|asks?|wants?|describes?|requests?|needs?|demands?|proposes?|suggests?)\b
  | \b(?:according(?:ly)?(?:\s+to)?|as\s+(?:\w+\s+)?(?:described|instructed|requested|specified|asked
        |mentioned|stated|indicated|listed|outlined|directed|needed|it\s+says|they\s+say|he\s+asks|she\s+asks)
        |based\s+on|in\s+line\s+with|see\s+what\s+\w+\s+(?:wants|needs|asks))\b
  | \b(?:suis|suivre|suivez|exécute[rz]?|effectue[rz]?|fais|faire|faites|traite[rz]?|applique[rz]?
        |réalise[rz]?|accompli[rstz]*|règle[rz]?|occupe[- ](?:toi|vous))\b
      [^.?!\n]{0,60}\b(?:instructions?|tâches?|actions?|demandes?|consignes?|étapes?|liste|requêtes?
        |ce\s+qu)
  | \b(?:selon|d['’]après|en\s+fonction\s+d|conformément|comme\s+(?:indiqué|demandé|précisé|décrit))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SELECTS_MANY = re.compile(
    r"\b(?:each|every|all|everyone|everybody|both|them|these|those|many|several|individual"
    r"|two|three|four|five|six|seven|eight|nine|ten|\d{1,3}|tous|toutes|chaque|chacun\w*"
    r"|deux|trois|quatre|cinq|ces|les)\b",
    re.IGNORECASE,
)


class Wishes:
    """The words of those the agent works for, and what follows from them."""

    def __init__(self) -> None:
        """Nobody has spoken yet."""
        self.values: dict[str, str] = {}
        self.pairs: set[str] = set()
        self.hosts: set[str] = set()
        self.words: set[str] = set()
        self.requests: list[Request] = []
        self.open = False
        self.many = False
        self.version = 0

    def hear(self, speaker: str, text: str) -> None:
        """Add what one of them said."""
        self.version += 1
        keys = tokens(text)
        for key in keys:
            if speaker == "user" or key not in self.values:
                self.values[key] = speaker
            if site := host(key):
                self.hosts.add(site)
            if "@" in key and key.startswith("@"):
                self.values.setdefault(key[1:], speaker)
            for part in (key.removesuffix("'s"), key.rpartition("/")[2], key.lstrip("#@")):
                if part:
                    self.values.setdefault(part, speaker)
            if "-" in key or "/" in key:
                for part in re.split(r"[-/]", key):
                    if part:
                        self.words.add(part)
        self.pairs.update(f"{a} {b}" for a, b in zip(keys, keys[1:], strict=False))
        found = words_of(text)
        self.words.update(word for word in found if word not in _COMMON and len(word) > 1)
        if speaker == "user":
            self.requests.extend(requests(text))
            self.open = self.open or any(_delegates(part) for part in sentences(text))
            self.many = self.many or _SELECTS_MANY.search(text) is not None

    def speaker_of(self, key: str) -> str:
        """Return who wrote a value in strict form, or ``""``."""
        said = self.values.get(key)
        if said:
            return said
        parts = key.split(" ")
        if len(parts) > 1:
            keys = [strict(part) for part in parts]
            keys = [part for part in keys if part]
            if len(keys) == 1:
                return self.values.get(keys[0], "")
            if keys and all(f"{a} {b}" in self.pairs for a, b in zip(keys, keys[1:], strict=False)):
                return self.values.get(keys[0], "")
            return ""
        if (site := host(key)) and site in self.hosts:
            return "user"
        tail = key.rpartition("/")[2]
        if tail != key and len(tail) > 3 and "." in tail and tail in self.values:
            return self.values[tail]
        return ""

    def shares(self, text: str) -> int:
        """Count the telling words of a text that they used."""
        return sum(1 for word in set(words_of(text)) if word in self.words)


def _delegates(sentence: str) -> bool:
    words = words_of(sentence)
    if words and "?" in words and words[0] in QUESTION:
        return False
    return _DELEGATES.search(sentence) is not None
