"""Values in the forms in which they are compared.

1. Trust is given by the *strict* form, distrust by the *loose* one: a value counts as the user's
   own only if it is the same value, and as an outsider's even if it was dressed up.
2. The strict form undoes only what never changes the meaning: case, compatibility characters,
   quotes and brackets around, spacing, a display name, a scheme, number grouping.
3. The loose form keeps letters and digits only, without accents, with look-alikes folded.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from gardefou._late import late

MAX_LEAF_CHARS = 4_096  # longer leaves are contents; their words are compared, not the whole

_EDGE = " \t\r\n\v\f\u00a0'\"`´‘’“”«»<>()[]{}.,;:!?*_~|"
_ANGLE = late(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>\s*$")
_SCHEME = late(r"^(?:https?://|mailto:|tel:)(?:www\.)?|^www\.")
_GROUPED = late(r"^[+-]?\d{1,3}(?:([,'’\u00a0\u202f ])\d{3})(?:\1\d{3})*(?:\.\d+)?$")
_FRENCH = late(r"^[+-]?\d{1,3}(?:[.\u00a0\u202f ]\d{3})*,\d{1,2}$")
_DECIMAL = late(r"^[+-]?\d+\.\d+$")
_CODE = late(r"^[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{1,4}){2,8}$|^\+?[\d() ./-]{7,20}$")
_NOT_WORD = late(r"[^0-9a-z]+")
_NOT_WORD_ANY = late(r"[\W_]+")
_SPACE = late(r"\s+")
_TOKEN = late(r"[^\s\"'`´‘’“”«»<>()\[\]{},;|=\\]+")
_GROUPS = late(
    r"\b[A-Za-z]{2}\d{2}[ -][A-Za-z0-9]{4}(?:[ -](?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{4}){1,6}(?:[ -]\d{1,3})?\b|\+?\d{1,4}(?:[ ./-]\(?\d{2,4}\)?){2,6}"
    r"|\b\d{1,3}(?:[,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?\b|\b\d+,\d{1,2}\b"
)

# Letters of other scripts that look like Latin ones (a small part of Unicode's confusables.txt).
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвкмтнґզցոսօαορνικτυχγβεηρ",
    "aeopcyxijsdhlqwbkmthrqgnuoaopviktuxybenp",
)
_INVISIBLE = late("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")


@lru_cache(maxsize=8_192)
def strict(text: str) -> str:
    """Return the form that two texts share only if they are the same value."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    found = _ANGLE.search(text) if text.endswith((">", "> ")) else None
    plain = (found.group(1) if found else text).strip(_EDGE).lower()
    if not plain:
        return ""
    if plain[0].isdigit() or plain[0] in "+-":
        return _number(plain)
    plain = _SCHEME.sub("", plain)
    if "%" in plain and " " not in plain:
        plain = unquote(plain)
    if " " in plain or "\n" in plain or "\t" in plain:
        if _CODE.match(plain):
            return plain.replace(" ", "").replace("-", "")
        plain = _SPACE.sub(" ", plain)
    return plain.rstrip("/")


def _number(plain: str) -> str:
    if _GROUPED.match(plain):
        plain = re.sub(r"[,'’\u00a0\u202f ]", "", plain)
    elif _FRENCH.match(plain):
        plain = re.sub(r"[.\u00a0\u202f ]", "", plain).replace(",", ".")
    if _DECIMAL.match(plain):
        plain = plain.rstrip("0").rstrip(".")
    elif _CODE.match(plain) and not plain.isdigit() and not re.match(r"^\d{4}-\d\d-\d\d", plain):
        plain = re.sub(r"[() ./-]", "", plain)
    return plain.lstrip("+")


@lru_cache(maxsize=8_192)
def loose(text: str) -> str:
    """Return the form that a value shares with every trivial disguise of it."""
    if text.isascii():
        if "%" in text:
            text = unquote(text)
        return _NOT_WORD.sub("", _SCHEME.sub("", text.lower()))
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text)).lower().translate(_LOOK_ALIKES)
    if "%" in text:
        text = unquote(text)
    return _NOT_WORD_ANY.sub(
        "", _SCHEME.sub("", "".join(c for c in text if not unicodedata.combining(c)))
    )


def tokens(text: str) -> list[str]:
    """Cut a text into its values in strict form, in order; grouped codes and numbers come last."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    out = [key for part in _TOKEN.findall(text) if (key := strict(part))]
    out.extend(strict(group) for group in _GROUPS.findall(text))
    return out


def pieces(text: str) -> list[str]:
    """Cut a text at spaces, quotes and brackets."""
    return _TOKEN.findall(text)


def host(key: str) -> str:
    """Return the host of an address in strict form, or ``""`` if it has none."""
    head = key.partition("/")[0].partition("?")[0].partition(":")[0]
    return head if "." in head and "@" not in head and " " not in head else ""
