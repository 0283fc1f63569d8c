"""The desk of the MCP door: actions, the tools that the guard knows, and what people are asked.

1. A server's tools are decided as ``server.tool``; resources, prompts, sampling and elicitation as
   ``server.resource`` and so on, labelled in `_methods`.
2. When a server lists other tools than before, the guard is made anew with them; a document that
   does not fit any more is an error, and nothing goes ahead.
3. A tool that the constitution denies whatever its arguments are is never shown to the client.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.action import Action, Principal
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.contact import Register
from gardefou.decide import Guard, Session
from gardefou.doors._rulings import Ruling, Rulings
from gardefou.doors.mcp._methods import own_tools
from gardefou.errors import GardefouError
from gardefou.verdict import Verdict


class Desk:
    """Decides for the connections of one proxy."""

    def __init__(
        self,
        rulings: Rulings,
        principal: Principal,
        *,
        wait_s: float = 25.0,
        alone: bool = False,
    ) -> None:
        """``wait_s`` is how long a held call waits for people before the client is told.

        ``alone`` says that the loop serves one client, as on standard input and output.
        """
        self.rulings = rulings
        self.principal = principal
        self.wait_s = wait_s
        self._alone = alone
        self._registers: dict[str, Register] = {}
        self._adopted: Mapping[str, Tool] = {}

    def add(self, register: Register) -> None:
        """A server whose tools are decided here."""
        self._registers[register.server] = register
        self.adopt()

    def adopt(self) -> None:
        """Put the tools of all servers in force, where they are other than before (rule 2).

        Raises:
            LedgerUnavailable: when the catalogue could not be kept with the ledger.
        """
        tools: dict[str, Tool] = {}
        for register in self._registers.values():
            tools |= own_tools(register.server)
            tools |= register.tools()
        if tools == self._adopted:
            return
        service = self.rulings.service
        policy = service.policies.common
        others = {n: t for n, t in policy.catalogue.tools.items() if n not in self._adopted}
        catalogue = Catalogue(
            tools={**others, **tools}, effects_version=policy.catalogue.effects_version
        )
        guard = Guard(policy.constitution, catalogue)
        service.policies.exchange(msgspec.structs.replace(policy, catalogue=catalogue, guard=guard))
        service.keep()
        self._adopted = tools

    def session(self) -> Session:
        """The session of a new connection."""
        return self.rulings.service.session(self.principal.tenant)

    def who(self, agent: str) -> Principal:
        """The principal of a client's requests; ``agent`` is what the client calls itself."""
        return msgspec.structs.replace(self.principal, agent=self.principal.agent or agent)

    async def rule(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        session: Session,
        *,
        agent: str = "",
        connection: str = "",
    ) -> Ruling:
        """Decide one call.

        Raises:
            InputError: when the arguments have no canonical form.
            LedgerUnavailable: when it could not be recorded; nothing may go ahead.
        """
        session.facts = self.rulings.service.book(self.principal.tenant)
        action = Action(
            principal=self.who(agent),
            session=connection,
            channel="mcp",
            tool=tool,
            arguments=dict(arguments),
        )
        return await self.rulings.rule_async(action, session, alone=self._alone)

    async def is_decided(self, hold_id: str, wait_s: float) -> bool:
        """Whether people have decided, after waiting up to ``wait_s``."""
        holds = self.rulings.holds
        return holds is None or (await holds.wait_async(hold_id, wait_s)).state != "pending"

    def withdraw(self, ruling: Ruling) -> None:
        """The client has given up a held call: nobody needs to decide on it any more."""
        if ruling.hold is not None and self.rulings.holds is not None:
            with contextlib.suppress(GardefouError):  # decided in the meantime: it stays unused
                self.rulings.holds.withdraw(ruling.hold.id, ruling.action.principal)

    def is_never(self, tool: str) -> bool:
        """Whether the constitution denies every call of a tool (rule 3)."""
        policy = self.rulings.service.policies.common
        known = policy.catalogue.tools.get(tool) or Tool(name=tool)
        effects = frozenset(known.effects)
        if not effects and policy.constitution.unlisted is Verdict.DENY:
            return True
        return any(
            rule.verdict is Verdict.DENY
            and rule.condition is None
            and any(
                selector.matches(kind="tool.call", tool=tool, vendor="", effects=effects)
                for selector in rule.on
            )
            for article in policy.constitution.articles
            for rule in article.rules
        )
