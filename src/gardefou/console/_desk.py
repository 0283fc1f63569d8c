"""What every page works with: the service, the accounts, and who is asking."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from gardefou.amendments import PasskeySigner
from gardefou.console._counts import Counts
from gardefou.console._identity import (
    Accounts,
    Credential,
    Passkeys,
    SignedIn,
    SingleSignOn,
    Tickets,
)
from gardefou.console._settings import PATH, ConsoleSettings
from gardefou.ledger import Ledger
from gardefou.service import Service
from gardefou.supervision import Hold

COOKIE = "__Host-gardefou"


def passkeys_of(ledger: Ledger, settings: ConsoleSettings, clock: Callable[[], int]) -> Passkeys:
    """The console's passkeys: the verifier of votes, which the service is made with.

    Raises:
        UsageError: ``console.origin``.
    """
    return Passkeys(Accounts(ledger, clock), settings.site())


class NotSignedIn(Exception):  # noqa: N818 - a state of a request, never leaves the console
    """Raised where a page needs somebody to be signed in."""


class Desk:
    """The parts of one console."""

    def __init__(
        self, service: Service, settings: ConsoleSettings, *, clock: Callable[[], int]
    ) -> None:
        """Put them together.

        Raises:
            UsageError: ``console.origin``, ``service.no_ledger``.
        """
        self.service = service
        self.holds = service.holds
        self.counts = Counts(service.holds)
        self.settings = settings
        self.clock = clock
        ledger = service.ledger
        self.ledger = ledger
        self.accounts = Accounts(ledger, clock)
        self.passkeys = passkeys_of(ledger, settings, clock)
        self.tickets = Tickets(ledger.key, self.accounts, clock)
        self.sign_on = (
            None
            if settings.provider is None
            else SingleSignOn(settings.provider, f"{settings.origin}{PATH}/sign-in/provider/back")
        )

    def roles_of(self, who: SignedIn) -> tuple[str, ...]:
        """The roles of a person now."""
        roles = self.holds.core.roles(who.tenant)
        return tuple(role for role, names in roles.items() if role != "*" and who.person in names)

    def names(self, tenant: str) -> dict[str, str]:
        """The names of everybody who has a role, by pseudonym."""
        core = self.holds.core
        found = {core.pseudonym(tenant, name): name for name in core.roles(tenant)["*"]}
        return {pseudonym: name for pseudonym, name in found.items() if pseudonym is not None}


def charter_line(desk: Desk, credential: Credential) -> str:
    """How the charter of a chain of amendments names a passkey of this console."""
    return PasskeySigner(desk.settings.origin, credential.person, credential.public_key).text


def desk_of(request: Request) -> Desk:
    """The desk of the console that was asked."""
    desk: Desk = request.app.state.desk
    return desk


def who_asks(request: Request) -> SignedIn:
    """Who is signed in.

    Raises:
        NotSignedIn: when nobody is.
    """
    found = desk_of(request).accounts.session(request.cookies.get(COOKIE, ""))
    if found is None:
        raise NotSignedIn
    return found


def visible_hold(desk: Desk, who: SignedIn, hold_id: str) -> Hold:
    """A hold of the reader's own tenant; others do not exist for them.

    Raises:
        Refused: ``hold.missing``.
    """
    found = desk.holds.get(hold_id)
    if found.tenant != who.tenant:
        return desk.holds.get("")
    return found
