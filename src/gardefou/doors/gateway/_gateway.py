"""What all exchanges of one gateway process share."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gardefou.doors.gateway._budgets import Budgets
from gardefou.doors.gateway._client import Client
from gardefou.doors.gateway._context import Context
from gardefou.doors.gateway._conversation import Conversations
from gardefou.doors.gateway._endpoints import Endpoint, Endpoints
from gardefou.doors.gateway._jobs import Jobs
from gardefou.doors.gateway._keys import Key, KeyRing
from gardefou.doors.gateway._metrics import Metrics
from gardefou.doors.gateway._offered import Offered
from gardefou.doors.gateway._pending import Pending
from gardefou.doors.gateway._previous import Continued
from gardefou.doors.gateway._sealed import SealedStore
from gardefou.doors.gateway._settings import Mode, Settings
from gardefou.doors.gateway._state import State
from gardefou.doors.gateway._telemetry import Telemetry
from gardefou.doors.gateway._waivers import Waivers
from gardefou.service import AsyncService
from gardefou.vendors import Resolved, resolve


class Gateway:
    """The parts of a gateway, put together; made inside the running event loop."""

    def __init__(
        self,
        settings: Settings,
        service: AsyncService,
        state: State,
        *,
        clock: Callable[[], int],
        client: Client | None = None,
    ) -> None:
        """Put the parts together; ``clock`` gives microseconds since 1970 UTC."""
        self.settings = settings
        self.service = service
        self.state = state
        self.clock = clock
        self.client = client or Client()
        self.endpoints = Endpoints(settings)
        self.budgets = Budgets(settings, state)
        self.waivers = Waivers(state)
        self.keys = KeyRing(state)
        self.conversations = Conversations(settings.server.session_cache_bytes)
        recorder = service.service.recorder
        store = SealedStore(state, None if recorder is None else recorder.keyring)
        self.continued = Continued(store)
        self.pending = Pending(store)
        self.jobs = Jobs(store)
        self.context = Context()
        self.offered = Offered(state)
        self.telemetry = Telemetry(settings.telemetry)
        self.metrics = Metrics(self.conversations)
        self.is_draining = False
        self.trouble: str = ""

    def adopt(self, settings: Settings) -> None:
        """Go on under other settings; requests that are under way keep the upstream they have."""
        endpoints, budgets = Endpoints(settings), Budgets(settings, self.state)
        if settings.upstreams != self.settings.upstreams:
            self.client.close()
        self.settings, self.endpoints, self.budgets = settings, endpoints, budgets

    def mode(self, key: Key) -> Mode:
        """Whether what a key asks for is observed or enforced."""
        return key.mode or self.settings.mode(key.tenant, key.application)

    def resolved(self, endpoint: Endpoint, model: str) -> Resolved:
        """Who makes a model and who serves it, at this upstream."""
        upstream = endpoint.settings
        found = resolve(model, channel=upstream.channel, host=endpoint.host)
        if found.developer or not upstream.vendor:
            return found
        return msgspec.structs.replace(found, developer=upstream.vendor)
