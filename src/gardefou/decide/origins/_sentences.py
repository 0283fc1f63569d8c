"""Cutting text into sentences and words, for comparison."""

from __future__ import annotations

from functools import lru_cache

from gardefou._late import late
from gardefou.constitution.catalogue.suggest import fold

MAX_SENTENCE_CHARS = 800  # a longer one is cut at a space, so that no word goes unread

_SENTENCE = late(r"(?<=[.!?;])[\s\"')\]]+|[\n;]")
_ELISION = 2  # letters before the apostrophe of "d'envoyer", "qu'il"
_WORD = late(r"[^\W_]+(?:['’][^\W_]+)?|[,:?]")


def sentences(text: str) -> list[str]:
    """Cut a text into sentences, lines and list items."""
    out: list[str] = []
    for part in _SENTENCE.split(text):
        if not part or part.isspace():
            continue
        if len(part) <= MAX_SENTENCE_CHARS:
            out.append(part)
        else:
            out.extend(_cut(part))
    return out


def _cut(part: str) -> list[str]:
    out: list[str] = []
    start = 0
    while len(part) - start > MAX_SENTENCE_CHARS:
        end = part.rfind(" ", start + 1, start + MAX_SENTENCE_CHARS)
        end = end if end > start else start + MAX_SENTENCE_CHARS
        out.append(part[start:end])
        start = end
    out.append(part[start:])
    return out


@lru_cache(maxsize=16_384)
def _folded(word: str) -> str:
    return fold(word)


def words_of(sentence: str) -> list[str]:
    """Return the folded words of a sentence in order, with commas, colons and question marks."""
    out: list[str] = []
    for raw in _WORD.findall(sentence.lower()):
        head, mark, tail = raw.replace("’", "'").partition("'")
        if mark and len(head) <= _ELISION and len(tail) > 1:  # d'envoyer, l'email
            out += [_folded(head), _folded(tail)]
        elif mark:
            out += [_folded(head), "not" if tail == "t" else tail]
        else:
            out.append(_folded(raw))
    return out
