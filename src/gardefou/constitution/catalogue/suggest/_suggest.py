"""Propose effects, roles, types and writers for a tool that nobody has labelled.

1. Effects only add up: words that say more can add an effect, none takes one away.
2. A tool is called a read only when a verb says so and nothing says otherwise.
3. Below `THRESHOLD` the tool stays unlabelled and falls under ``unlisted``.
4. What a tool's server says of itself (hints) counts only where it tightens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from gardefou.constitution.catalogue import (
    EFFECTS,
    ROLES,
    Catalogue,
    Parameter,
    Tool,
)
from gardefou.constitution.catalogue.suggest._accessors import is_accessor, names_a_thing
from gardefou.constitution.catalogue.suggest._claims import Claim
from gardefou.constitution.catalogue.suggest._grave import grave, heard
from gardefou.constitution.catalogue.suggest._names import name_claims
from gardefou.constitution.catalogue.suggest._parameters import (
    Leaf,
    kind_of,
    leaves,
    meaning_of,
    parameter,
)
from gardefou.constitution.catalogue.suggest._results import results
from gardefou.constitution.catalogue.suggest._rules import RULES, effects_of
from gardefou.constitution.catalogue.suggest._texts import text_claims

THRESHOLD = 0.5

_SQL = re.compile(r"(?:\b|_)sql(?:\b|_)", re.IGNORECASE)
_COUNTING = frozenset({"count", "compter"})  # a number names nobody
_STATEMENTS = frozenset({("query",), ("statement",), ("requete",), ("instruction",)})
_MOST = 0.95
_GRAVE = 0.6
_DECIDED_ALWAYS = frozenset({"uses_force", "monitors_people", "judges_people", "weakens_security"})
_HARMLESS = frozenset(name for name, effect in EFFECTS.items() if not effect.consequential)
_PASSIVE = frozenset({"reads", "computes"})
_READ_ACTS = frozenset({"read", "verify", "compute", "watch", "evaluate", "ask"})
# What a limit can bound: rows that are read, or persons whose data are gathered.
_BOUNDED = frozenset(
    {"reads", "reads_outside", "executes_code", "collects_personal_data", "monitors_people"}
)
_CHOOSING = frozenset({"action", "command"})
_IDENTIFIES = frozenset({"person", "address", "user", "target"})
_TELLING = frozenset({"command", "code", "url", "money", "recipient", "secret", "query"})
_DECIDING = frozenset(name for name, role in ROLES.items() if role.deciding and name != "amount")
_HOSTILE = frozenset({"sabotage", "force", "monitor", "harvest", "disable"})
# Endings of nouns that name an act (`fabrication`), not a thing (`order`).
_NOMINAL = ("tion", "sion", "ment")
_SOMEONE = frozenset({"recipient", "address", "user"})


def suggest(tool: Tool) -> Tool:
    """Return the tool with proposed labels; a tool that a person has labelled comes back as it is.

    The same tool always gets the same labels: nothing but its name, description and schema counts.
    """
    if tool.labelled_by == "person":
        return tool
    arguments = [(leaf, meaning_of(leaf)) for leaf in leaves(tool.schema)]
    if _SQL.search(f"{tool.name} {tool.description}"):
        arguments = [(leaf, _in_sql(leaf, meaning)) for leaf, meaning in arguments]
    named = name_claims(tool.name)
    told = text_claims(tool.description)
    graves = grave(heard(tool.name, tool.description, [leaf for leaf, _ in arguments], named, told))
    if names_a_thing(tool.name, "profile"):
        # What such a tool does with persons, its other words say (`_grave`).
        named, told = _without(named, "profile"), _without(told, "profile")
    named = _confirmed(named, told, described=bool(tool.description))
    told = _repeated(told, named)
    claims = _weigh(named, told) + [
        claim for leaf, meaning in arguments if meaning in _CHOOSING for claim in _chosen(leaf)
    ]
    numeric = bool(arguments) and all(_is_number(leaf) for leaf, _ in arguments)
    if numeric and any(claim.act == "compute" for claim in claims):
        claims = [claim for claim in claims if claim.act == "compute" or not _minor(claim)]
    effects, reasons = _effects(claims, arguments, known_schema=bool(tool.schema))
    effects |= frozenset(effect for effect in tool.effects if effect not in _HARMLESS)
    if effects - _HARMLESS and not any(claim.act in _READ_ACTS for claim in named):
        effects -= _PASSIVE
    confidence = _confidence(named, told, claims, effects)
    if effects == {"computes"} and numeric:
        confidence = max(confidence, THRESHOLD)  # numbers in, a number out
    if effects and effects <= _HARMLESS and is_accessor(tool.name, arguments):
        confidence = max(confidence, THRESHOLD)
    effects, confidence, added = _with_graves(graves, effects, confidence)
    reasons += added
    effects, confidence, hinted = _hinted(tool.hints, effects, confidence)
    reasons += hinted
    if any(meaning in _TELLING for _, meaning in arguments) and effects - _HARMLESS:
        confidence = round(min(confidence + 0.1, _MOST), 2)
    known = confidence >= THRESHOLD and bool(effects)
    return msgspec.structs.replace(
        tool,
        effects=tuple(name for name in EFFECTS if name in effects) if known else (),
        parameters=_parameters(arguments, effects, claims),
        results=results(claims, effects),
        labelled_by="suggest",
        confidence=confidence,
        reasons=tuple(reasons) or ("no word of the name or the description says what it does",),
    )


def suggest_all(catalogue: Catalogue) -> Catalogue:
    """Propose labels for every tool of a catalogue that no person has labelled."""
    tools = {name: suggest(tool) for name, tool in catalogue.tools.items()}
    return msgspec.structs.replace(catalogue, tools=tools)


def _without(claims: list[Claim], verb: str) -> list[Claim]:
    return [claim for claim in claims if claim.verb != verb or claim.strong]


def _with_graves(
    graves: list[tuple[str, str]], effects: frozenset[str], confidence: float
) -> tuple[frozenset[str], float, list[str]]:
    """Add the grave effects; one on which a rule always decides labels a tool by itself.

    To gather data is allowed in small numbers: it does not label what would else be held.
    """
    added = [(effect, reason) for effect, reason in graves if effect not in effects]
    found = {effect for effect, _ in graves}
    if found & _DECIDED_ALWAYS:
        confidence = max(confidence, _GRAVE)
    elif "reads" in found and not effects - _HARMLESS - found:
        confidence = max(confidence, THRESHOLD)  # a list of persons, and nothing else is said
    return (
        effects | {effect for effect, _ in added},
        confidence,
        [f"{reason}: {effect}" for effect, reason in added],
    )


def _in_sql(leaf: Leaf, meaning: str) -> str:
    """In a tool that takes SQL, a *query* or *statement* is one."""
    stated = leaf.words[-1:] in _STATEMENTS and meaning in {"", "filter", "target"}
    return "query" if stated and kind_of(leaf.schema) in {"", "string"} else meaning


def _is_number(leaf: Leaf) -> bool:
    return kind_of(leaf.schema) in {"integer", "number"}


def _hinted(
    hints: dict[str, bool], effects: frozenset[str], confidence: float
) -> tuple[frozenset[str], float, list[str]]:
    """Weigh what the tool's author says of it: a claim that can tighten, or confirm a read."""
    reasons: list[str] = []
    harmless = bool(effects) and effects <= _HARMLESS
    changes = hints.get("destructiveHint") is True or hints.get("readOnlyHint") is False
    if harmless and changes:
        effects |= {"writes"}
        reasons.append("its author says that it changes things: writes")
    elif harmless and hints.get("readOnlyHint") is True:
        confidence = round(min(confidence + 0.1, _MOST), 2)
        reasons.append("its author says that it only reads, as its words do")
    if "reads" in effects and hints.get("openWorldHint") is True:
        effects |= {"reads_outside"}
        reasons.append("its author says that it reaches outside: reads_outside")
    return effects, round(confidence, 2), reasons


def _repeated(claims: list[Claim], others: list[Claim]) -> list[Claim]:
    """Believe a doubtful verb that name and description both have."""
    verbs = {claim.verb for claim in others}
    return [
        msgspec.structs.replace(claim, strong=True) if claim.verb in verbs else claim
        for claim in claims
    ]


def _confirmed(named: list[Claim], told: list[Claim], *, described: bool) -> list[Claim]:
    """Believe a doubtful verb that the description repeats, or does not contradict."""
    named = _repeated(named, told)
    acts = any(effects_of(claim.act, claim.classes) - _HARMLESS for claim in told)
    if not described or acts:
        return named
    return [
        msgspec.structs.replace(claim, strong=True) if claim.prefixed else claim for claim in named
    ]


def _weigh(named: list[Claim], told: list[Claim]) -> list[Claim]:
    """Let the description settle what the name leaves open, and the name what is said in passing.

    * A doubtful verb of the name gives way to a certain one of the description.
    * A verb of the name without an object gives way to the same verb with one.
    * Where the name says that the tool reads, the description adds only what it says plainly, and
      its later sentences add no mere ``writes``.
    """
    certain = {claim.act for claim in told if claim.strong}
    placed = {(claim.verb, claim.act) for claim in told if claim.classes & _deciding(claim.act)}
    kept = [
        claim
        for claim in named
        if (claim.strong or claim.opens or not certain or claim.act in certain)
        and ((claim.verb, claim.act) not in placed or claim.classes & _deciding(claim.act))
    ]
    if named and all(claim.act in _READ_ACTS for claim in named):
        told = [
            claim
            for claim in told
            if (claim.strong or not named[0].strong) and not (claim.later and _minor(claim))
        ]
    return kept + told


def _deciding(act: str) -> frozenset[str]:
    """Return the classes of objects that make a difference to an act."""
    return frozenset[str]().union(*(classes for classes, _ in RULES[act][1]))


def _minor(claim: Claim) -> bool:
    return effects_of(claim.act, claim.classes) <= {"writes", "reads", "computes"}


def _chosen(leaf: Leaf) -> list[Claim]:
    """Read the actions that an argument lets the caller choose from."""
    options = leaf.schema.get("enum")
    if not isinstance(options, list):
        return []
    return [claim for option in options[:40] for claim in name_claims(str(option), "choice")]


def _effects(
    claims: Iterable[Claim], arguments: list[tuple[Leaf, str]], *, known_schema: bool
) -> tuple[frozenset[str], list[str]]:
    meanings = {meaning for _, meaning in arguments}
    found: set[str] = set()
    reasons: list[str] = []
    for claim in claims:
        effects = effects_of(claim.act, claim.classes)
        if claim.verb in _COUNTING:
            effects -= {"collects_personal_data"}
        if claim.act == "evaluate" and claim.around & {"candidate", "person"}:
            effects |= {"judges_people"}
        if claim.act in {"read", "verify"} and "person" in claim.around and meanings & _IDENTIFIES:
            effects |= {"collects_personal_data"}
        found |= effects
        thing = f" {' '.join(claim.nouns)}" if claim.nouns else ""
        reasons.append(
            f"the {claim.source} says `{claim.verb}{thing}`: {', '.join(sorted(effects))}"
        )
    commands = [leaf for leaf, meaning in arguments if meaning == "command"]
    if commands and not any("enum" in leaf.schema for leaf in commands):
        found.add("executes_code")
        reasons.append("an argument takes a command line: executes_code")
    if not found and "action" in meanings:
        found.add("writes")
        reasons.append("an argument chooses what is done: writes")
    if not found:
        return frozenset(), reasons
    classes = frozenset[str]().union(*(claim.classes for claim in claims))
    drafts = any("draft" in claim.nouns or "brouillon" in claim.nouns for claim in claims)
    for effect, reason in _from_arguments(frozenset(found), meanings, classes, drafts=drafts):
        if effect not in found:
            found.add(effect)
            reasons.append(f"{reason}: {effect}")
    if "pays" in found and known_schema and "money" not in meanings:
        found = found - {"pays"} | {"commits"}
        reasons.append("it moves money, and no argument says how much: commits instead of pays")
    return frozenset(found), reasons


def _from_arguments(
    found: frozenset[str], meanings: set[str], classes: frozenset[str], *, drafts: bool
) -> list[tuple[str, str]]:
    """Return what the arguments add to what the words say."""
    added: list[tuple[str, str]] = []
    acting = bool(found - _HARMLESS)
    if "url" in meanings and found & {"reads", "reads_outside"}:
        added += [
            ("opens_url", "it reads from an address given at run time"),
            ("reads_outside", "it reads from an address given at run time"),
        ]
    if "query" in meanings and "computes" not in found:
        added.append(("executes_code", "an argument takes a database statement"))
    if "action" in meanings and not acting and "computes" not in found:
        added.append(("writes", "an argument chooses what is done"))
    pays = acting and "money" in meanings
    if pays and meanings & {"iban", "wallet"}:
        added.append(("pays", "it takes an amount and an account"))
    if pays and "commits" in found:
        added.append(("pays", "it commits to an amount"))
    if pays and "recipient" in meanings:
        added.append(("pays", "it takes an amount and someone to receive it"))
    if "url" in meanings and "web" in classes and acting and "reads_outside" not in found:
        added += [
            ("opens_url", "it writes to an address given at run time"),
            ("sends_outside", "it writes to an address given at run time"),
        ]
    if "recipient" in meanings and "writes" in found and "pays" not in found and not drafts:
        added.append(("sends_outside", "what it writes reaches other people"))
    if "permission" in meanings and meanings & _SOMEONE and found & {"writes", "sends_outside"}:
        added.append(("grants_access", "it sets a right for someone"))
    return added


def _confidence(
    named: list[Claim], told: list[Claim], claims: list[Claim], effects: frozenset[str]
) -> float:
    """Add up how plainly the words speak, from 0 to 1."""
    if not effects:
        return 0.0
    score = 0.0
    if named:
        score = 0.7 if named[0].strong else 0.5
    if any(claim.strong for claim in told):
        score = score + 0.15 if named else 0.6
    elif told:
        score = score + 0.05 if named else 0.4
    if any(claim.classes for claim in claims):
        score += 0.1
    if not claims:
        score = 0.6
    plain = any(claim.strong for claim in claims)
    if _contradict(named, told) or (effects <= _HARMLESS and not plain):
        score = min(score, 0.45)
    return round(min(score, _MOST), 2)


def _contradict(named: list[Claim], told: list[Claim]) -> bool:
    """Tell whether the name speaks of an act while the description only reads: who is right?"""
    doubtful = [
        claim
        for claim in named
        if not claim.strong
        and (claim.opens or claim.act in _HOSTILE or claim.verb.endswith(_NOMINAL))
    ]
    certain = [claim for claim in told if claim.strong]
    return (
        bool(doubtful and certain)
        and any(effects_of(claim.act, claim.classes) - _HARMLESS for claim in doubtful)
        and not any(effects_of(claim.act, claim.classes) - _HARMLESS for claim in certain)
        and not {claim.act for claim in doubtful} & {claim.act for claim in told}
    )


def _parameters(
    arguments: list[tuple[Leaf, str]], effects: frozenset[str], claims: list[Claim]
) -> dict[str, Parameter]:
    """Label the arguments; a tool that acts has one that decides, if there is any to choose."""
    classes = frozenset[str]().union(*(claim.classes for claim in claims))
    found = {leaf.path: parameter(leaf, meaning, effects, classes) for leaf, meaning in arguments}
    if not effects & _BOUNDED:
        _demote(found, "limit", keep=0)
    for role in ("limit", "permission", "case", "purpose"):
        _demote(found, role, keep=1)
    decided = any(label.role in _DECIDING for label in found.values())
    if effects - _HARMLESS and not decided:
        unplaced = (leaf.path for leaf, meaning in arguments if not meaning and leaf.words)
        for path in unplaced:
            if found[path].role == "other" and found[path].type != "boolean":
                found[path] = msgspec.structs.replace(found[path], role="targets")
    return found


def _demote(found: dict[str, Parameter], role: str, *, keep: int) -> None:
    """Leave a role that holds one value to the first argument that has it."""
    paths = [path for path, label in found.items() if label.role == role]
    keep = min(keep, sum("[]" not in path for path in paths))
    paths.sort(key=lambda path: "[]" in path)  # a list holds several values: it comes last
    for path in paths[keep:]:
        found[path] = msgspec.structs.replace(found[path], role="other")
