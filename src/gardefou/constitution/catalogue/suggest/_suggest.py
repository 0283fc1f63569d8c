"""Propose effects, roles, types and writers for a tool that nobody has labelled.

1. Effects only add up: words that say more can add an effect, none takes one away.
2. A tool is called a read only when a verb says so and nothing says otherwise.
3. Below `THRESHOLD` the tool stays unlabelled and falls under ``unlisted``.
4. What a tool's server says of itself (hints) counts only where it tightens.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gardefou.constitution.catalogue import EFFECTS, Catalogue, Parameter, ResultField, Tool
from gardefou.constitution.catalogue.suggest._evidence import Claim, name_claims, text_claims
from gardefou.constitution.catalogue.suggest._parameters import (
    Leaf,
    leaves,
    meaning_of,
    parameter,
)
from gardefou.constitution.catalogue.suggest._results import writers
from gardefou.constitution.catalogue.suggest._rules import effects_of

THRESHOLD = 0.5

_HARMLESS = frozenset(name for name, effect in EFFECTS.items() if not effect.consequential)
_PASSIVE = frozenset({"reads", "computes"})
_READ_ACTS = frozenset({"read", "compute"})


def suggest(tool: Tool) -> Tool:
    """Return the tool with proposed labels; a tool that a person has labelled comes back as it is.

    The same tool always gets the same labels: nothing but its name, description and schema counts.
    """
    if tool.labelled_by == "person":
        return tool
    named = name_claims(tool.name)
    told = text_claims(tool.description)
    arguments = [(leaf, meaning_of(leaf)) for leaf in leaves(tool.schema)]
    claims = _weigh(named, told)
    effects, reasons = _effects(claims, {meaning for _, meaning in arguments})
    effects |= frozenset(effect for effect in tool.effects if effect not in _HARMLESS)
    if effects - _HARMLESS:
        effects -= _PASSIVE
    confidence = _confidence(named, told, claims, effects)
    known = confidence >= THRESHOLD and bool(effects)
    return msgspec.structs.replace(
        tool,
        effects=tuple(name for name in EFFECTS if name in effects) if known else (),
        parameters=_parameters(arguments, effects),
        results=(ResultField(writer=writers(claims, effects)),),
        labelled_by="suggest",
        confidence=confidence,
        reasons=tuple(reasons) or ("no word of the name or the description says what it does",),
    )


def suggest_all(catalogue: Catalogue) -> Catalogue:
    """Propose labels for every tool of a catalogue that no person has labelled."""
    tools = {name: suggest(tool) for name, tool in catalogue.tools.items()}
    return msgspec.structs.replace(catalogue, tools=tools)


def _weigh(named: list[Claim], told: list[Claim]) -> list[Claim]:
    """Drop a doubtful verb of the name when the description has a certain one."""
    certain = [claim for claim in told if claim.strong]
    if certain and named and not named[0].strong:
        agreed = {claim.act for claim in certain}
        return [claim for claim in named if claim.act in agreed] + told
    return named + told


def _effects(claims: Iterable[Claim], meanings: set[str]) -> tuple[frozenset[str], list[str]]:
    found: set[str] = set()
    reasons: list[str] = []
    for claim in claims:
        effects = effects_of(claim.act, claim.classes)
        found |= effects
        thing = f" {' '.join(claim.nouns)}" if claim.nouns else ""
        reasons.append(
            f"the {claim.source} says `{claim.verb}{thing}`: {', '.join(sorted(effects))}"
        )
    if not found:
        if "command" in meanings:
            return frozenset({"executes_code"}), ["an argument takes a command line: executes_code"]
        return frozenset(), reasons
    for effect, reason in _from_arguments(frozenset(found), meanings):
        if effect not in found:
            found.add(effect)
            reasons.append(f"{reason}: {effect}")
    return frozenset(found), reasons


def _from_arguments(found: frozenset[str], meanings: set[str]) -> list[tuple[str, str]]:
    """Return what the arguments add to what the words say."""
    added: list[tuple[str, str]] = []
    acting = bool(found - _HARMLESS)
    if "url" in meanings and found & {"reads", "reads_outside"} and not acting:
        added += [
            ("opens_url", "it reads from an address given at run time"),
            ("reads_outside", "it reads from an address given at run time"),
        ]
    if "command" in meanings:
        added.append(("executes_code", "an argument takes a command line"))
    if "query" in meanings and "computes" not in found:
        added.append(("executes_code", "an argument takes a database statement"))
    pays = acting and "money" in meanings
    if pays and meanings & {"iban", "wallet"}:
        added.append(("pays", "it takes an amount and an account"))
    if pays and "commits" in found:
        added.append(("pays", "it commits to an amount"))
    if pays and "party" in meanings and found & {"sends_outside"}:
        added.append(("pays", "it sends an amount to someone"))
    if "permission" in meanings and meanings & {"party", "user"} and "writes" in found:
        added.append(("grants_access", "it sets a right for someone"))
    if "party" in meanings and "writes" in found:
        added.append(("sends_outside", "what it writes reaches other people"))
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
    return round(min(score, 0.95), 2)


def _parameters(arguments: list[tuple[Leaf, str]], effects: frozenset[str]) -> dict[str, Parameter]:
    return {leaf.path: parameter(leaf, meaning, effects) for leaf, meaning in arguments}
