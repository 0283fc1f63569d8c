"""Headers of the answers that the gateway gives by itself."""

from __future__ import annotations

JSON = {"content-type": "application/json"}
STREAM = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
NO_RETRY = {"x-should-retry": "false"}
