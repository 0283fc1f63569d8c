"""What an act does to an object: rows from act and noun class to effects.

1. Every row whose classes meet the object's contributes; the default stands only if no row did.
2. A row never takes an effect away that another row gives.
"""

from __future__ import annotations

from collections.abc import Iterable

# A row: the classes of the object, and the effects of the act on such a thing.
Row = tuple[frozenset[str], frozenset[str]]


def _table(default: str, *rows: tuple[str, str]) -> tuple[frozenset[str], tuple[Row, ...]]:
    return (
        frozenset(default.split()),
        tuple((frozenset(kinds.split()), frozenset(effects.split())) for kinds, effects in rows),
    )


RULES: dict[str, tuple[frozenset[str], tuple[Row, ...]]] = {
    "read": _table(
        "reads",
        ("message public review work channel file event web product", "reads_outside"),
        ("secret", "reads reads_secrets"),
        ("person", "reads collects_personal_data"),
    ),
    "compute": _table("computes", ("person", "computes collects_personal_data")),
    "transform": _table("computes", ("file data message repo money order service", "writes")),
    "reject": _table("writes", ("candidate person", "writes judges_people")),
    "arrest": _table("uses_force judges_people"),
    "evaluate": _table(
        "computes",
        ("candidate person", "judges_people"),
        ("code", "executes_code"),
    ),
    "verify": _table(
        "reads",
        ("message public review work channel file event web product", "reads_outside"),
        ("person", "reads collects_personal_data"),
    ),
    "watch": _table(
        "reads",
        ("candidate person member subject location", "monitors_people"),
        ("person location", "monitors_people collects_personal_data"),
        ("message public review work channel file event web product", "reads_outside"),
        ("order", "reads"),
        ("money", "reads"),
    ),
    "ask": _table("reads", ("agent", "starts_agent"), ("code", "executes_code")),
    "open": _table(
        "writes",
        ("web", "reads_outside opens_url"),
        ("machine", "moves_machine"),
        ("file message event", "reads_outside"),
        ("right member", "writes grants_access"),
        ("security", "writes weakens_security"),
    ),
    "generate": _table(
        "computes",
        ("secret", "changes_credentials"),
        ("right", "grants_access"),
        ("invoice order work", "writes"),
        ("weapon", "uses_force"),
    ),
    "send": _table(
        "sends_outside",
        ("filing", "sends_outside commits"),
        ("money", "pays"),
        ("machine", "moves_machine"),
        ("public", "sends_outside publishes"),
        ("human", "writes"),
        ("code", "executes_code"),
        ("agent", "starts_agent"),
        ("weapon", "uses_force"),
        ("message invoice file event work review channel", "sends_outside"),
    ),
    "publish": _table(
        "publishes",
        ("message channel", "sends_outside publishes"),
        ("money", "pays"),
        ("work repo", "publishes writes"),
        ("weapon", "uses_force"),
    ),
    "upload": _table(
        "sends_outside",
        ("subject", "sends_outside collects_personal_data"),
        ("file data", "writes sends_outside"),
        ("public repo software open", "writes publishes"),
        ("person", "sends_outside collects_personal_data"),
    ),
    "create": _table(
        "writes",
        ("filing", "writes commits"),
        ("right member", "writes grants_access"),
        ("secret", "changes_credentials"),
        ("security", "writes weakens_security"),
        ("agent", "starts_agent"),
        ("public review open", "writes publishes"),
        ("math", "computes"),
        ("machine", "moves_machine"),
        ("weapon", "uses_force"),
        ("software", "installs_software"),
        ("person", "writes collects_personal_data"),
    ),
    "change": _table(
        "writes",
        ("filing", "writes commits"),
        ("secret", "changes_credentials"),
        ("right", "writes grants_access"),
        ("security trail", "writes weakens_security"),
        ("machine", "moves_machine"),
        ("weapon", "uses_force"),
        ("software", "installs_software"),
        ("public open", "writes publishes"),
        ("math", "computes"),
    ),
    "sabotage": _table(
        "writes",
        ("money trade", "pays"),
        ("secret", "changes_credentials"),
        ("right", "grants_access"),
        ("security service trail alarm", "weakens_security"),
        ("machine", "moves_machine"),
        ("weapon", "uses_force"),
        ("code", "executes_code"),
    ),
    "delete": _table(
        "deletes",
        ("candidate", "deletes revokes_access"),
        ("right member", "deletes revokes_access"),
        ("security trail alarm", "deletes weakens_security"),
        ("secret", "deletes changes_credentials"),
        ("weapon", "uses_force"),
    ),
    "pay": _table("pays"),
    "transfer": _table(
        "pays",
        ("money trade invoice", "pays"),
        ("file data message work", "writes sends_outside"),
        ("human agent subject", "writes"),
        ("right repo account service", "grants_access"),
        ("machine", "moves_machine"),
    ),
    "buy": _table(
        "commits",
        ("software", "installs_software"),
        ("candidate", "commits judges_people"),
    ),
    "grant": _table(
        "grants_access",
        ("file data repo event work", "grants_access sends_outside"),
        ("public open", "publishes"),
        ("machine", "grants_access moves_machine"),
        ("location", "sends_outside collects_personal_data"),
        ("security", "grants_access weakens_security"),
        ("message", "sends_outside"),
        ("secret", "grants_access sends_outside"),
    ),
    "revoke": _table(
        "revokes_access",
        ("security trail alarm", "revokes_access weakens_security"),
        ("machine", "moves_machine"),
    ),
    "execute": _table(
        "executes_code",
        ("agent", "starts_agent"),
        ("weapon", "uses_force"),
        ("machine", "moves_machine"),
        ("math", "computes"),
    ),
    "install": _table("installs_software"),
    "visit": _table("reads_outside opens_url", ("machine", "moves_machine")),
    "download": _table("reads_outside writes"),
    "move": _table("moves_machine", ("weapon", "uses_force moves_machine")),
    "force": _table(
        "uses_force",
        ("alarm", "writes"),
        ("weapon target person", "uses_force"),
        ("candidate member", "judges_people revokes_access"),
        ("machine", "moves_machine"),
        ("event agent work code web order", "executes_code"),
        ("file message data public subject security service fact", "writes"),
    ),
    "monitor": _table(
        "monitors_people collects_personal_data",
        ("service fact order", "reads"),
    ),
    "judge": _table("judges_people", ("security code service", "reads")),
    "harvest": _table("reads collects_personal_data", ("code service", "reads")),
    "disable": _table(
        "writes weakens_security",
        ("member account", "revokes_access"),
        ("machine", "moves_machine"),
    ),
    "delegate": _table("starts_agent", ("human", "writes")),
    "login": _table("writes"),
}

EFFECTS_OF_ACT: dict[str, frozenset[str]] = {
    act: default.union(*(effects for _, effects in rows)) for act, (default, rows) in RULES.items()
}


def effects_of(act: str, classes: Iterable[str]) -> frozenset[str]:
    """Return the effects of an act on an object of these classes."""
    default, rows = RULES[act]
    kinds = frozenset(classes)
    found = frozenset[str]().union(*(effects for needed, effects in rows if needed & kinds))
    return found or default
