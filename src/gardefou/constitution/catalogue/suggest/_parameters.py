"""What an argument means, from its name, its description and its schema.

1. The name decides, the description and the schema's format settle what the name leaves open.
2. What a name means can depend on the effects: an address *found by* is a filter, an address
   *sent to* is a recipient.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.constitution.catalogue import DomainType, Parameter
from gardefou.constitution.catalogue.suggest._lexicon import noun_of
from gardefou.constitution.catalogue.suggest._meanings import MEANINGS, ROLE_OF_MEANING
from gardefou.constitution.catalogue.suggest._words import (
    base_form,
    name_words,
    singular,
    text_words,
    word_set,
)

_INDEX = {word: meaning for meaning, words in MEANINGS.items() for word in words.split()}
_READING = frozenset({"reads", "reads_outside", "computes"})
_REACHING = frozenset(
    {
        "pays",
        "commits",
        "sends_outside",
        "publishes",
        "grants_access",
        "revokes_access",
        "starts_agent",
    },
)
_ABOUT_PEOPLE = frozenset({"judges_people", "monitors_people", "collects_personal_data"})
_GIVING = frozenset({"pays", "sends_outside", "grants_access"})
_TELLING = frozenset({"url", "path", "iban", "secret", "command"})
_PLACED = frozenset({"commits", "moves_machine", "uses_force", "pays"})
_CODE_WORDS = frozenset({"source", "program", "python", "js", "javascript", "script"})


_PERSONAL = word_set("""name names nom noms identite identites phone numero number line face visage image photo plate
    plaque prenom""")
# What names single persons where data about persons are asked for.
_PERSONS = word_set("""handle pseudonym account plate pupil student patient subscriber msisdn imsi imei sim badge
    voice face photo portrait matricule member user name surname suspect detainee inmate citizen resident employee
    person owner driver passenger traveller profile fingerprint phone
    compte pseudonyme pseudo plaque eleve etudiant abonne numero badge voix visage nom detenu habitant citoyen
    salarie personne proprietaire conducteur passager profil empreinte telephone identite beneficiaire allocataire""")
# Where persons are the things: an identifier of nothing else.
_SOMEBODY = word_set("""id ids identifier identifiers identifiant identifiants subject subjects sujet sujets target
    targets cible cibles number numbers numero numeros reference references list liste names noms who qui""")
_CASES = word_set("""case dossier affaire warrant requisition mandat enquete procedure investigation docket
    instruction_number commission""")
_GROUPS = word_set("""population region district commune quartier group groupe sector secteur area zone class classe
    cohort category diagnosis diagnostic neighbourhood neighborhood department departement municipality
    pathology pathologie nationality nationalite religion profession ethnicity event gathering rassemblement
    manifestation school ecole age gender sexe selection criteria critere audience""")
_ACTS_ON_OTHERS = frozenset({"pays", "sends_outside", "grants_access", "revokes_access"})
_CHANNELS = word_set("channel room canal salon group chat conversation")
# Heads that say nothing of their own in a compound: order_id, file_name.
_EMPTY_HEADS = frozenset({"id", "name", "number", "address", "identifier", "nom", "numero"})
_NUMBERS: dict[str, DomainType] = {"integer": "integer", "number": "number"}
_ATTRIBUTES = word_set(
    """max min method type kind mode status category currency frequency format flag count length size
    unit methode statut categorie devise frequence taille unite""",
)
_TIME_FORMATS = word_set(
    "yyyy iso iso8601 8601 rfc3339 rfc timestamp datetime utc unix epoch aaaa jj"
)
_FORMATS = {
    "email": "address",
    "idn-email": "address",
    "uri": "url",
    "url": "url",
    "iri": "url",
    "date": "at",
    "date-time": "at",
    "time": "at",
    "password": "secret",
}


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One argument of a schema: where it is, what is said about it."""

    path: str
    words: tuple[str, ...]
    said: tuple[str, ...]
    schema: dict[str, Any]
    required: bool


def leaves(schema: dict[str, Any], prefix: str = "", *, depth: int = 0) -> list[Leaf]:
    """List the arguments of an object schema, nested ones too (``a.b``, ``a[]``)."""
    found: list[Leaf] = []
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > 6:
        return found
    wanted = schema.get("required")
    required = {str(item) for item in wanted} if isinstance(wanted, list) else set()
    for name, given in properties.items():
        part = given if isinstance(given, dict) else {}
        path = f"{prefix}{name}"
        here, part = _unwrap(path, part)
        if isinstance(part.get("properties"), dict) and part["properties"]:
            found += leaves(part, f"{here}.", depth=depth + 1)
            continue
        found.append(
            Leaf(
                path=here,
                words=name_words(str(name)),
                said=text_words(
                    str(given.get("description", "")) if isinstance(given, dict) else ""
                ),
                schema=part,
                required=name in required and not prefix,
            )
        )
    return found


def kind_of(schema: dict[str, Any]) -> str:
    """Return the JSON type of a schema; of several, the first that is not ``null``."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    return kind if isinstance(kind, str) else ""


def _unwrap(path: str, part: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Step through lists and optional alternatives to what a value really is."""
    for _ in range(4):
        options = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
        if isinstance(options, list):
            real = [o for o in options if isinstance(o, dict) and kind_of(o) != "null"]
            part = next((o for o in real if kind_of(o) == "array"), real[0] if real else {})
            continue
        items = part.get("items")
        if kind_of(part) == "array" and isinstance(items, dict):
            path, part = f"{path}[]", items
            continue
        break
    return path, part


def _known(word: str) -> bool:
    return word in _INDEX


def meaning_of(leaf: Leaf) -> str:
    """Return the meaning of an argument's name, the most telling word first, else ``""``."""
    meaning = _meaning(leaf)
    return "action" if meaning == "command" and "enum" in leaf.schema else meaning


def _meaning(leaf: Leaf) -> str:
    form = _FORMATS.get(str(leaf.schema.get("format", "")), "")
    if form:
        return form
    if "sql" in leaf.words or "sql" in leaf.said[:8]:
        return "query"
    words = tuple(word.rstrip("0123456789") or word for word in leaf.words)
    whole = "_".join(words)
    if whole in _INDEX:
        return _INDEX[whole]
    for size in (3, 2, 1):
        for start in range(len(words) - size, -1, -1):
            part = base_form("_".join(words[start : start + size]), _known)
            if part in _INDEX and not (part in _EMPTY_HEADS and start):
                return _of_compound(part, words)
    if words and base_form(words[-1], _known) in _INDEX:
        return _INDEX[base_form(words[-1], _known)]
    return _of_description(leaf)


def _of_compound(part: str, words: tuple[str, ...]) -> str:
    """Settle compounds: an identifier is a target, whatever it identifies, unless a person."""
    meaning = _INDEX[part]
    if words[-1] in {"id", "ids", "uuid"} and meaning not in {
        "user",
        "person",
        "case",
        "recipient",
    }:
        return "target"
    if meaning == "code" and len(words) > 1 and not _CODE_WORDS & set(words[:-1]):
        return "target"
    if words[-1] in _ATTRIBUTES and len(words) > 1 and part != words[-1]:
        return "other"  # payment_method is no payment
    return meaning


def _of_description(leaf: Leaf) -> str:
    """Read the first words of the description, for meanings that leave no doubt."""
    for word in leaf.said[:8]:
        part = base_form(word, _known)
        if part in _INDEX and _INDEX[part] in _TELLING:
            return _INDEX[part]
    return "target" if any(noun_of(word) for word in leaf.words) else ""


def parameter(
    leaf: Leaf, meaning: str, effects: frozenset[str], classes: frozenset[str]
) -> Parameter:
    """Label one argument, given what the tool does and to what."""
    if meaning == "end" and "file" in classes:
        meaning = "path"
    if meaning == "code" and "secret" in classes:
        meaning = "secret"
    role, type_ = ROLE_OF_MEANING.get(meaning, ("other", "json"))
    role, type_ = (_acting if effects - _READING else _reading)(leaf, meaning, effects, role, type_)
    if effects & _ABOUT_PEOPLE:
        role, type_ = _of_people(leaf, meaning, effects, role, type_)
    role, type_ = _as_schema_says(leaf, role, type_)
    return Parameter(role=role, type=type_, required=leaf.required)


def _reading(
    leaf: Leaf, meaning: str, _effects: frozenset[str], role: str, type_: DomainType
) -> tuple[str, DomainType]:
    """In a tool that only looks, what would be acted on is what is searched by."""
    if meaning in {"recipient", "address", "iban", "wallet"}:
        return "filter", type_
    if meaning in {"user", "content", "at", "place", "end"}:
        return "filter", "text"
    if meaning == "money":
        return "other", "number"
    if meaning == "target" and leaf.words[-1:] in {("name",), ("nom",), ("title",), ("text",)}:
        return "filter", "text"
    return role, type_


def _acting(
    leaf: Leaf, meaning: str, effects: frozenset[str], role: str, type_: DomainType
) -> tuple[str, DomainType]:
    """In a tool that acts, what a name means depends on what the tool does with it."""
    if meaning in {"recipient", "address"} and effects & _GIVING:
        return "recipients", type_
    if effects & _ABOUT_PEOPLE and (
        meaning in {"person", "user", "address", "iban"}
        or (meaning in {"target", "place", ""} and _PERSONAL & set(leaf.words))
    ):
        return "persons", "person"
    if meaning in {"person", "user"}:
        if effects & _REACHING and not effects & _ABOUT_PEOPLE:
            return "recipients", "party"
        return role, type_
    if meaning in {"recipient", "address", "wallet", "iban"}:
        return ("recipients" if effects & _REACHING or meaning != "address" else "targets"), type_
    if "sends_outside" in effects and _CHANNELS & set(leaf.words) and leaf.words[-1] != "id":
        return "recipients", "party"
    if "sends_outside" in effects and leaf.words in {("number",), ("numero",)}:
        return "recipients", "party"
    if meaning == "end":
        return ("targets" if effects & _PLACED else "content"), "text"
    if meaning == "place" and not effects & _PLACED:
        return "content", "text"
    if "executes_code" in effects and leaf.words[-1:] in {("query",), ("statement",), ("requete",)}:
        return "query", "sql"
    return role, type_


def _of_people(
    leaf: Leaf, meaning: str, effects: frozenset[str], role: str, type_: DomainType
) -> tuple[str, DomainType]:
    """Where data about persons are gathered: a case, a group that is searched, or the persons."""
    if meaning in {"query", "code", "command", "limit", "purpose", "url", "content", "secret"}:
        return role, type_
    words = {base_form(word, _PERSONS.__contains__) for word in leaf.words} | set(leaf.words)
    if words & _CASES:
        return "case", "text"
    if effects & _ACTS_ON_OTHERS:
        return role, type_
    if leaf.words in {("from",), ("to",), ("since",), ("until",), ("source",), ("sources",)}:
        return "filter", "text"
    words |= {singular(word, (_PERSONS | _GROUPS).__contains__) for word in leaf.words}
    if words & _GROUPS:
        return "filter", "text"
    generic = bool(leaf.words) and set(leaf.words) <= _SOMEBODY
    if (generic or words & _PERSONS) and role in {
        "targets",
        "filter",
        "other",
        "content",
        "recipients",
        "paths",
    }:
        return "persons", "person"
    free = role == "other" and kind_of(leaf.schema) == "string" and "enum" not in leaf.schema
    return ("filter", "text") if free or meaning == "place" else (role, type_)


def _as_schema_says(leaf: Leaf, role: str, type_: DomainType) -> tuple[str, DomainType]:
    """A type must fit the schema: a number is no address, a flag is nothing but a flag.

    A type that a call's value does not fit makes ingress refuse the call, so a doubtful type is
    left out: words like *tomorrow* are common where no format is asked for.
    """
    kind = kind_of(leaf.schema)
    if kind == "boolean":
        return "other", "boolean"
    if type_ == "timestamp" and not _has_format(leaf):
        return "other", _NUMBERS.get(kind, "text")
    if kind == "number" and type_ == "integer":
        return "other", "number"
    if kind in {"integer", "number"} and type_ not in {"money", "integer", "number", "timestamp"}:
        fits = role in {"targets", "recipients", "persons", "quantity"}
        return (role if fits else "other"), ("integer" if kind == "integer" else "number")
    if kind == "string" and type_ in {"json", "integer", "number"}:
        return ("other" if type_ != "json" else role), "text"
    return role, type_


def _has_format(leaf: Leaf) -> bool:
    """Tell whether an argument says how a time is to be written."""
    told = set(leaf.said) | set(leaf.words)
    return str(leaf.schema.get("format", "")) in _FORMATS or bool(told & _TIME_FORMATS)
