"""What an act does to an object: rows from act and noun class to effects.

1. Every row whose classes meet the object's contributes; the default stands only if no row did.
2. A row never takes an effect away that another row gives.
"""

from __future__ import annotations

from collections.abc import Iterable

# act -> (default effects, rows of (classes of the object, effects))
Row = tuple[frozenset[str], frozenset[str]]


def _table(default: str, *rows: tuple[str, str]) -> tuple[frozenset[str], tuple[Row, ...]]:
    return (
        frozenset(default.split()),
        tuple(
            (frozenset(classes.split()), frozenset(effects.split())) for classes, effects in rows
        ),
    )


RULES: dict[str, tuple[frozenset[str], tuple[Row, ...]]] = {
    "read": _table(
        "reads",
        ("message public review work channel file event web product", "reads_outside"),
        ("secret", "reads reads_secrets"),
        ("person location", "reads collects_personal_data"),
    ),
    "compute": _table("computes"),
    "send": _table(
        "sends_outside",
        ("money", "pays sends_outside"),
        ("machine", "moves_machine"),
        ("public", "sends_outside publishes"),
        ("human", "writes"),
        ("code", "executes_code"),
    ),
    "publish": _table(
        "publishes",
        ("message channel", "sends_outside publishes"),
        ("money", "pays"),
        ("work review repo", "publishes writes"),
    ),
    "upload": _table(
        "sends_outside",
        ("file data", "writes sends_outside"),
        ("public repo software", "writes publishes"),
    ),
    "create": _table(
        "writes",
        ("access", "writes grants_access"),
        ("secret", "changes_credentials"),
        ("security", "writes weakens_security"),
        ("agent", "starts_agent"),
        ("public", "writes publishes"),
        ("review", "writes publishes"),
        ("machine", "writes moves_machine"),
        ("weapon", "uses_force"),
        ("software", "writes installs_software"),
        ("message", "writes"),
    ),
    "change": _table(
        "writes",
        ("secret", "changes_credentials"),
        ("access", "writes grants_access"),
        ("security", "writes weakens_security"),
        ("machine", "moves_machine"),
        ("weapon", "uses_force"),
        ("software", "writes installs_software"),
        ("public", "writes publishes"),
        ("money", "writes pays"),
    ),
    "delete": _table(
        "deletes",
        ("access", "deletes revokes_access"),
        ("security", "deletes weakens_security"),
        ("secret", "deletes changes_credentials"),
    ),
    "pay": _table("pays", ("file data", "writes sends_outside"), ("human agent", "writes")),
    "buy": _table(
        "commits",
        ("access account", "commits writes"),
    ),
    "grant": _table(
        "grants_access",
        ("file data repo event", "grants_access sends_outside"),
        ("public", "publishes"),
        ("machine", "grants_access moves_machine"),
        ("location", "sends_outside collects_personal_data"),
        ("security", "grants_access weakens_security"),
        ("message", "sends_outside"),
        ("secret", "grants_access sends_outside"),
    ),
    "revoke": _table(
        "revokes_access",
        ("security", "revokes_access weakens_security"),
        ("machine", "moves_machine"),
    ),
    "execute": _table(
        "executes_code",
        ("agent", "starts_agent"),
        ("weapon", "uses_force"),
        ("machine", "moves_machine"),
    ),
    "install": _table("installs_software"),
    "visit": _table("reads_outside opens_url", ("file", "reads_outside writes opens_url")),
    "move": _table("moves_machine", ("weapon", "uses_force moves_machine")),
    "force": _table(
        "uses_force",
        ("candidate", "judges_people revokes_access"),
        ("event agent", "executes_code"),
    ),
    "monitor": _table(
        "monitors_people collects_personal_data",
        ("order service fact money event security", "reads"),
    ),
    "judge": _table("judges_people"),
    "harvest": _table("reads collects_personal_data"),
    "disable": _table(
        "writes weakens_security",
        ("access account", "revokes_access"),
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
