"""Where the console is and how people come in."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from gardefou.console._identity import Provider, Site
from gardefou.errors import UsageError

PATH = "/console"


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator sets.

    ``origin`` is what browsers see, such as ``https://gardefou.example``: passkeys are bound to it.
    ``passwords`` lets people sign in with a password; they need a passkey to vote all the same.
    ``tools`` is the folder where MCP proxies keep what they know of servers' tools.
    ``test_users`` ask only for what should be refused; the figures show who approved it.
    """

    origin: str
    passwords: bool = True
    tenant: str = "default"
    tools: str = ""
    test_users: tuple[str, ...] = ()
    provider: Provider | None = None

    def site(self) -> Site:
        """The site that passkeys are bound to.

        Raises:
            UsageError: ``console.origin`` when browsers would make no passkey there.
        """
        parts = urlsplit(self.origin)
        host = parts.hostname or ""
        local = host == "localhost" or host.endswith(".localhost")
        plain = f"{parts.scheme}://{parts.netloc}" == self.origin
        if not plain or parts.scheme not in ("https", "http") or not host:
            raise _origin(self.origin, "it is not a scheme, a host and a port")
        if parts.scheme == "http" and not local:
            raise _origin(self.origin, "browsers make passkeys over https only, or on localhost")
        if host.replace(".", "").isdigit() or ":" in host:
            raise _origin(self.origin, "browsers make no passkey for an address of numbers")
        return Site(domain=host, origin=self.origin)


def _origin(found: str, why: str) -> UsageError:
    return UsageError(
        f"the console cannot be at `{found[:100]}`: {why}",
        code="console.origin",
        help="set origin to what browsers show, such as https://gardefou.example",
    )
