"""What the user and the operator said: values they wrote, and what they asked for."""

from __future__ import annotations

import re
from itertools import pairwise

from gardefou._late import late
from gardefou.constitution.catalogue.suggest import fold, nouns_of
from gardefou.decide.origins._forms import host, strict, tokens
from gardefou.decide.origins._grammar import QUESTION, words
from gardefou.decide.origins._requests import Request, requests
from gardefou.decide.origins._sentences import sentences, words_of

_COMMON = words(
    """
    the a an and or to of in on at for with from by as is are was be been it its this
    that my your me i you we he she they them his her their our please can could would
    you will if so then all any each every do does did not no yes have has had about
    into out up use using make get give send email mail file message new one two first
    last next also just what which who how many much when where there here need want
    like please thanks kindly today tomorrow now time day le la les un une des du de et
    ou en dans sur pour avec par que qui quoi mon ma mes ton ta tes son sa ses votre vos
    notre nos il elle je tu nous vous
    """
)
_NAME = late(r"(?<=[a-z,:;'\"«(] )[A-Z][\w-]+|(?<=['\"«])\w+")
_DELEGATES = late(
    r"""
    \b(?:do|perform|follow|execute|complete|carry\s+out|fulfil+|handle|take\s+care\s+of|process
        |act\s+on|comply\s+with|apply|implement|deal\s+with|work\s+(?:on|through)|finish
        |solve|address|accomplish|honou?r)\b
      [^.?!\n]{0,60}\b(?:instructions?|tasks?|actions?|requests?|to-?dos?|todos?|steps?|errands?|asks?
        |asked|wants?|needs?|says?|said|demands?|items|guide|guidelines|recommendations?
        |suggestions?|requirements?|chores?|assignments?|checklist|procedure|what(?:ever)?)\b
  | \b(?:suis|suivre|suivez|exécute[rz]?|effectue[rz]?|fais|faire|faites|traite[rz]?|applique[rz]?
        |réalise[rz]?|accompli[rstz]*|occupe[- ](?:toi|vous))\b
      [^.?!\n]{0,60}\b(?:instructions?|tâches?|actions?|demandes?|consignes?|étapes?|requêtes?
        |ce\s+qu)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_REPLIES = late(r"\b(?:reply|replies|respond|answer|write\s+back|r[ée]pond\w*)\b", re.IGNORECASE)
_LINKS = late(
    r"\b(?:links?|urls?|follow|click|articles?|posts?|posted|blogs?|web\s?sites?|sites?|results?"
    r"|liens?|r[ée]sultats?|clique\w*|suis|suivre|suivez|billets?)\b",
    re.IGNORECASE,
)
_FOLLOWS = late(
    r"""
    \b(?:according(?:ly)?|based\s+on|in\s+line\s+with|using|use|from|with|in)\b
  | \b(?:the\s+way|like|as|what(?:ever)?|who(?:ever)?|which|that)\b
  | \b(?:named|mentioned|listed|described|given|specified|stated|found|attached|shared)\b
  | \b(?:selon|d['’]après|en\s+fonction|conformément|comme|ce\s+qu|celui|celle|ceux|dans|de|du|qui|que)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A file or a page by its own name: "bill.txt", "www.harbour.example/fees".
_DOCUMENT = late(r"(?:https?://|www\.)\S+|[\w-]+(?:/[\w.-]+)*\.[a-z]{2,5}[0-9]?", re.IGNORECASE)
_SELECTS_MANY = late(
    r"\b(?:each|every|all|everyone|everybody|everything|both|several|multiple|individual(?:ly)?"
    r"|others?|except|rest|remaining|autres|sauf|reste|tous|toutes|chaque|chacune?|plusieurs"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten|[2-9]|1\d|deux|trois|quatre|cinq|six|dix)"
    r"\s+(?:\w+\s+)?\w+s)\b",
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
        self.named: set[str] = set()
        self.spoken: set[str] = set()
        self.open = False
        self.following = False
        self.links = False
        self.replying = False
        self.many = False
        self.by_name = False
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
                self.words.update(part for part in re.split(r"[-/]", key) if part)
        self.pairs.update(f"{a} {b}" for a, b in pairwise(keys))
        found = words_of(text)
        self.words.update(word for word in found if word not in _COMMON and len(word) > 1)
        if speaker == "user":
            asked = requests(text)
            parts = {part for key in keys for part in re.split(r"[-_./@#]", key)}
            verbs = {request.verb for request in asked}
            names = {fold(name) for name in _NAME.findall(text)}
            self.spoken.update(parts.union(found) - _COMMON - verbs)
            self.named.update(
                word
                for word in parts.union(found) - _COMMON - verbs
                if (word in keys if word.isdigit() else len(word) > 2)
                and (word in names or not nouns_of(word))
            )
            self.replying = self.replying or _REPLIES.search(text) is not None
            self.links = self.links or _LINKS.search(text) is not None
            self.following = self.following or _FOLLOWS.search(text) is not None
            self.requests.extend(asked)
            self.open = self.open or any(_delegates(part) for part in sentences(text))
            self.by_name = self.by_name or any(
                "@" not in key and _DOCUMENT.fullmatch(key) for key in keys
            )
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
            if keys and all(f"{a} {b}" in self.pairs for a, b in pairwise(keys)):
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

    def names(self, text: str) -> bool:
        """Tell whether an address carries a name that the user used."""
        local = text.rpartition(".")[0] or text
        return any(
            word in self.named for word in words_of(local.replace("_", " ")) if len(word) > 2
        )


def _delegates(sentence: str) -> bool:
    words = words_of(sentence)
    if words and "?" in words and words[0] in QUESTION:
        return False
    return _DELEGATES.search(sentence) is not None
