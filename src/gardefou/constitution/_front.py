"""The front matter: name, version, layer, and what the organisation declares about itself."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import msgspec
from publicsuffixlist import PublicSuffixList

from gardefou.constitution._articles import LAYERS, Layer
from gardefou.constitution._fields import Fields, integer_of, is_name, text_of, texts_of
from gardefou.constitution._problems import Problems, did_you_mean, shown
from gardefou.constitution._scope import Declared, Scope
from gardefou.constitution._yaml import Scalar, Table, describe
from gardefou.constitution.catalogue.types import DIGITS
from gardefou.verdict import Verdict

LANGUAGE = 1
ROLE_LISTS = ("terminal_roles", "break_glass_roles")
KEYS = (
    "constitution",
    "version",
    "language",
    "layer",
    "unlisted",
    "currency",
    "organisation",
    "roles",
    *ROLE_LISTS,
    "sets",
    "definitions",
    "facts",
    "emergency_orders",
)

_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of itself."""

    name: str
    version: int
    layer: Layer
    fields: Fields


def read_front(table: Table, problems: Problems) -> Front:
    """The document's name, version and layer; mistakes go to ``problems``."""
    fields = Fields(table, KEYS, problems, what="the front matter")
    name = version = None
    if (value := fields.required("constitution", "Ministry of Examples")) is not None:
        name = text_of(value, problems, "`constitution`", "Ministry of Examples")
    if (value := fields.required("version", "1")) is not None:
        version = integer_of(value, problems, "`version`", 1, 1_000_000)
    if (value := fields.required("language", str(LANGUAGE))) is not None:
        written = value.value if isinstance(value, Scalar) else None
        if written != LANGUAGE or isinstance(written, bool):
            problems.error(
                "front.language",
                value.place,
                f"this version reads language {LANGUAGE} only",
                found=describe(value),
                expected=f"`language: {LANGUAGE}`",
                help="use a version of gardefou that reads the document's language",
            )
    word = fields.word("layer", LAYERS, "layer.unknown")
    layer: Layer = next((known for known in LAYERS if known == word), "operator")
    return Front(name=name or "", version=version or 1, layer=layer, fields=fields)


def declare_front(front: Front, scope: Scope, problems: Problems) -> None:
    """Take roles, domains, currency and the unlisted verdict into the scope."""
    fields, layer = front.fields, front.layer
    words = tuple(verdict.word for verdict in Verdict)
    word = fields.word("unlisted", words, "front.unlisted")
    if word is not None:
        unlisted = Declared(Verdict.parse(word), layer, fields.place("unlisted"))
        scope.tighten_unlisted(unlisted, problems)
    elif scope.unlisted is None:
        scope.unlisted = Declared(Verdict.HOLD, layer, fields.table.place)
    _currency(front, scope, problems)
    _emergency(fields, scope)
    if (table := fields.table_of("organisation")) is not None:
        _organisation(table, layer, scope, problems)
    if (table := fields.table_of("roles")) is not None:
        _roles(table, layer, scope, problems)
    for key in ROLE_LISTS:
        if (value := fields.table.values.get(key)) is not None:
            names = tuple(n for n, _ in texts_of(value, problems, f"`{key}`", "watch"))
            scope.add_role_list(key, Declared(names, layer, value.place), problems)


def _emergency(fields: Fields, scope: Scope) -> None:
    """Take the emergency rule: any layer may have one, since it lets orders bind sooner."""
    table = fields.table_of("emergency_orders")
    if table is None:
        return
    rule = Fields(table, ("review_within",), fields.problems, what="`emergency_orders`")
    if rule.required("review_within", "72h") is None:
        return
    review_s = rule.duration("review_within") or 0
    scope.emergency_review_s = min(scope.emergency_review_s or review_s, review_s)


def _currency(front: Front, scope: Scope, problems: Problems) -> None:
    text = front.fields.text("currency", "", example="EUR")
    if not text:
        return
    place = front.fields.place("currency")
    if text in DIGITS:
        scope.add_currency(Declared(text, front.layer, place), problems)
        return
    problems.error(
        "front.currency",
        place,
        f"{shown(text)} is no code of a currency",
        found=shown(text),
        expected="three capital letters of ISO 4217, such as `EUR`",
        help=did_you_mean(text.upper(), DIGITS, kind="currency"),
    )


def _organisation(table: Table, layer: Layer, scope: Scope, problems: Problems) -> None:
    fields = Fields(table, ("domains",), problems, what="`organisation`")
    value = fields.table.values.get("domains")
    if value is None:
        return
    domains = []
    for text, place in texts_of(value, problems, "`domains`", "ministry.example"):
        domain = text.lower().removesuffix(".")
        if _DOMAIN.match(domain) and _suffixes().privatesuffix(domain) is not None:
            domains.append(domain)
            continue
        problems.error(
            "front.domain",
            place,
            f"{shown(text)} is not a domain that an organisation can own",
            found=shown(text),
            expected="a domain below a public suffix, in ASCII: `ministry.example`",
            help="leave out `@`, `*`, schemes and paths; write other scripts in their `xn--` form",
        )
    scope.add_domains(Declared(tuple(domains), layer, value.place), problems)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _roles(table: Table, layer: Layer, scope: Scope, problems: Problems) -> None:
    for name, value in table.values.items():
        place = table.keys[name]
        if not is_name(name, place, problems, "role"):
            continue
        members: list[str] = []
        for member, at in texts_of(value, problems, f"the role `{name}`", "alice"):
            twin = _twin(member, [*_people(scope), *members])
            if twin:
                problems.error(
                    "role.spelling",
                    at,
                    f"{shown(member)} and {shown(twin)} look like one person",
                    found=shown(member),
                    expected=shown(twin),
                    help="spell a person's name in one way: one person counts once in a quorum",
                )
            else:
                members.append(member)
        scope.add_role(name, Declared(tuple(members), layer, place), problems)


def _people(scope: Scope) -> list[str]:
    return [member for role in scope.roles.values() for member in role.value]


def _twin(member: str, others: list[str]) -> str:
    key = _folded(member)
    return next((other for other in others if other != member and _folded(other) == key), "")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
