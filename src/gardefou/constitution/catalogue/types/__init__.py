"""Domain types: what the value of an argument means, in one form or refused."""

from gardefou.constitution.catalogue.types._base import (
    INVISIBLE,
    NOWHERE,
    Surroundings,
    kind_of,
    refuse,
)
from gardefou.constitution.catalogue.types._currency import DIGITS, SIGNS, UNKNOWN
from gardefou.constitution.catalogue.types._domain import (
    Domain,
    mixes_scripts,
    parse_domain,
    twin_letters,
)
from gardefou.constitution.catalogue.types._iban import Iban, parse_iban
from gardefou.constitution.catalogue.types._money import (
    Money,
    check_currency,
    literal,
    parse_money,
    total,
)
from gardefou.constitution.catalogue.types._party import Party, PartyKind, parse_parties
from gardefou.constitution.catalogue.types._path import Path, parse_path
from gardefou.constitution.catalogue.types._scalars import (
    Person,
    parse_boolean,
    parse_integer,
    parse_number,
    parse_persons,
    parse_text,
    parse_timestamp,
)
from gardefou.constitution.catalogue.types._shell import Shell, parse_shell
from gardefou.constitution.catalogue.types._sql import Sql, parse_sql
from gardefou.constitution.catalogue.types._url import Url, parse_url

__all__ = [
    "DIGITS",
    "INVISIBLE",
    "NOWHERE",
    "SIGNS",
    "UNKNOWN",
    "Domain",
    "Iban",
    "Money",
    "Party",
    "PartyKind",
    "Path",
    "Person",
    "Shell",
    "Sql",
    "Surroundings",
    "Url",
    "check_currency",
    "kind_of",
    "literal",
    "mixes_scripts",
    "parse_boolean",
    "parse_domain",
    "parse_iban",
    "parse_integer",
    "parse_money",
    "parse_number",
    "parse_parties",
    "parse_path",
    "parse_persons",
    "parse_shell",
    "parse_sql",
    "parse_text",
    "parse_timestamp",
    "parse_url",
    "refuse",
    "total",
    "twin_letters",
]
