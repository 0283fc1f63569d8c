"""Matching what was asked with what a tool does.

A request carries a call in one of three ways:

1. it names the same act on the same kind of thing ("cancel the booking": ``cancel_booking``);
2. it names an act of which the call is a usual step, on the same kind of thing, and the call has
   no grave consequence that was not asked for ("buy it": ``cart_add``, ``login``);
3. it names such an act and no kind of thing, and the call has the very consequence that was asked
   for ("pay him": ``submit_wire``).
"""

from __future__ import annotations

from gardefou.constitution.catalogue.suggest import nouns_of
from gardefou.decide.origins._grammar import words
from gardefou.decide.origins._requests import Request
from gardefou.decide.origins._tools import Profile

# Consequences that give somebody control: never implied by something else that was asked.
CONTROL = words(
    """
    changes_credentials weakens_security executes_code installs_software grants_access
    revokes_access uses_force moves_machine starts_agent monitors_people judges_people
    """
)

# Acts whose verb says little without its object.
_GENERIC = words(
    """
    create change delete read execute open generate move disable evaluate watch download
    upload
    """
)

_PLAIN_VERBS = words(
    """
    create add make set update change edit modify delete remove get send run execute
    start open close write put take do insert save submit cancel stop apply process
    handle manage creer ajouter modifier changer supprimer envoyer ouvrir fermer mettre
    prendre faire
    """
)

# Classes that say nothing about the kind of thing.
_VAGUE = frozenset({"fact", "data", "subject", "person", "candidate", "human", "math"})

# Classes of things that many tools of all kinds speak of.
_COMMON_CLASSES = _VAGUE | {"account", "file", "message", "work", "service", "order", "product"}

_STEM = 5  # letters that two forms of one verb share

_MONEY = frozenset({"pays", "commits"})

# The things an act is usually done to: a tool about them needs no other link with the request.
_USUAL: dict[str, frozenset[str]] = {
    "buy": frozenset({"order", "cart", "product", "invoice", "trade"}),
    "pay": frozenset({"money", "invoice"}),
    "transfer": frozenset({"money"}),
    "send": frozenset({"message", "channel"}),
    "publish": frozenset({"public", "review", "channel"}),
    "login": frozenset({"account", "secret"}),
}

# Steps that belong to an act.
_STEPS: dict[str, frozenset[str]] = {
    act: frozenset(steps.split())
    for act, steps in {
        "buy": "create change delete pay login send generate",
        "pay": "buy create change send transfer generate login",
        "transfer": "pay send create change move",
        "send": "publish grant create generate pay",
        "publish": "send create upload change generate",
        "create": "buy change publish grant send generate upload pay execute",
        "generate": "create change",
        "change": "create delete buy generate send pay",
        "delete": "revoke change",
        "grant": "send create change",
        "revoke": "delete change",
        "upload": "create send publish",
        "execute": "visit change create open",
        "install": "execute visit create download",
        "visit": "read create open download",
        "download": "create visit read",
        "open": "change visit",
        "move": "change open",
        "ask": "send",
    }.items()
}

LOOKING = frozenset({"read", "visit", "download", "compute", "login", "watch", "evaluate", "ask"})


def looks_only(tool: Profile) -> bool:
    """Tell whether a tool is a way of looking: every request and question asks for that."""
    if "human" in tool.classes and not tool.grave:
        return True  # to hand over to a person is never against anybody
    if tool.consequences <= {"opens_url", "collects_personal_data"}:
        return True
    return bool(tool.acts) and tool.acts <= LOOKING and not tool.grave


def fits(request: Request, tool: Profile) -> bool:
    """Tell whether a request carries what a tool does."""
    if request.question:
        return False
    related = _related(request, tool)
    same = request.acts & tool.acts
    effects = _entailed(request)
    if same and _names(request, tool):
        return True
    if (tool.grave & CONTROL) <= effects and (
        (same and related)
        or (
            any(_same_verb(request.verb, verb) for verb in tool.verbs)
            and (related or request.verb not in _PLAIN_VERBS)
        )
        or (same and not tool.words and not tool.grave)
    ):
        return True
    vague = request.vague or not (request.classes - _VAGUE) or not tool.words
    if same and vague and not same <= _GENERIC:
        return tool.grave <= effects
    if not (same or _steps(request) & tool.acts) or not tool.grave <= effects:
        return False
    return related or (vague and bool(same and effects & tool.grave))


def leans_towards(requests: list[Request], tool: Profile) -> bool:
    """Tell whether some request goes in the tool's direction, without asking for it outright."""
    return any(
        not request.question
        and not (tool.grave & (CONTROL | {"deletes"})) - request.effects
        and (request.acts & tool.acts or _steps(request) & tool.acts)
        for request in requests
    )


def asks_for(requests: list[Request], tool: Profile) -> bool:
    """Tell whether one of the requests carries what the tool does."""
    return any(fits(request, tool) for request in requests)


def _related(request: Request, tool: Profile) -> bool:
    said = request.classes
    if "account" in said:
        said |= {"member", "subject"}
    usual = frozenset[str]().union(*(_USUAL.get(act, frozenset()) for act in request.acts))
    return bool(
        (said & tool.classes) - _VAGUE or request.words & tool.words or usual & tool.classes
    )


def _same_verb(one: str, other: str) -> bool:
    return bool(one) and (one == other or (len(one) > _STEM and one[:_STEM] == other[:_STEM]))


def _names(request: Request, tool: Profile) -> bool:
    """Tell whether the request names the tool's object by a word that says what it opens."""
    said = [nouns_of(word) for word in request.words & tool.words]
    return any(not classes or not classes <= _COMMON_CLASSES for classes in said)


def _entailed(request: Request) -> frozenset[str]:
    """To buy is to pay and to be bound; people say one for the other."""
    if request.effects & _MONEY:
        return request.effects | _MONEY
    return request.effects


def _steps(request: Request) -> frozenset[str]:
    return frozenset[str]().union(*(_STEPS.get(act, frozenset()) for act in request.acts))


def with_steps(acts: frozenset[str]) -> frozenset[str]:
    """Return acts and the steps that belong to them."""
    return acts.union(*(_STEPS.get(act, frozenset()) for act in acts))
