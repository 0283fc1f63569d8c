"""Upstreams: which one serves a model, at which address, with which authentication.

Only the address and the authentication differ between the forms of one vendor's models; for Vertex
the model also moves from the body into the address.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec

from gardefou.doors.gateway._load import secret_of
from gardefou.doors.gateway._settings import Settings, UpstreamSettings, WireName
from gardefou.errors import InputError
from gardefou.vendors import channel_of_host

Family = Literal["openai", "anthropic"]

WIRES_OF: dict[Family, tuple[WireName, ...]] = {
    "openai": ("openai.chat", "openai.responses"),
    "anthropic": ("anthropic.messages",),
}
_PREFIX = re.compile(r"(?:/(?:openai|anthropic|api))?(?:/v1)?/")  # as the wires read a path
_ANTHROPIC = {"anthropic", "bedrock", "vertex"}
_VERTEX_VERSION = b'"vertex-2023-10-16"'
_ANTHROPIC_VERSION = b"2023-06-01"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream with its name."""

    name: str
    settings: UpstreamSettings
    host: str = ""

    @property
    def family(self) -> Family:
        """Which vendor's wire it speaks."""
        return "anthropic" if self.settings.kind in _ANTHROPIC else "openai"

    @property
    def wires(self) -> tuple[WireName, ...]:
        """The wires that it speaks; a request of another one is translated into the first."""
        return self.settings.wires or WIRES_OF[self.family]

    @property
    def channel(self) -> str:
        """Who serves its models, as far as the settings or the address say it."""
        return self.settings.channel or channel_of_host(self.host)

    def serves(self, model: str) -> bool:
        """Whether it is meant for a model."""
        return any(fnmatchcase(model, pattern) for pattern in self.settings.models)

    def is_open(self, model: str) -> bool:
        """Whether only ``*`` makes it serve a model."""
        return not any(p != "*" and fnmatchcase(model, p) for p in self.settings.models)

    def url(self, path: str, query: str, *, model: str, streams: bool) -> str:
        """The address for a request to ``path`` (such as ``/v1/messages``).

        Raises:
            InputError: ``upstream.path`` when this form has no such endpoint.
        """
        tail = "/" + _PREFIX.sub("", path, count=1)
        kind, settings = self.settings.kind, self.settings
        if kind == "vertex":
            if tail != "/messages":
                raise _no_path(path, kind)
            method = "streamRawPredict" if streams else "rawPredict"
            return f"{settings.url}/{quote(model, safe='@.-')}:{method}"
        if kind == "azure" and settings.api_version:
            version = f"api-version={quote(settings.api_version, safe='')}"
            if tail == "/responses" or tail.startswith("/responses/"):
                return f"{settings.url}{tail}?{version}"
            deployment = quote(model, safe="")
            return f"{settings.url}/deployments/{deployment}{tail}?{version}"
        return f"{settings.url}{tail}" + (f"?{query}" if query else "")

    def authentication(self) -> list[tuple[bytes, bytes]]:
        """The headers that let the gateway in.

        Raises:
            UsageError: ``settings.no_secret``.
        """
        out = [(k.lower().encode(), v.encode()) for k, v in self.settings.headers.items()]
        if self.settings.secret is None:
            return out
        secret = secret_of(self.settings.secret).encode()
        if self.settings.kind == "azure":
            out.append((b"api-key", secret))
        elif self.settings.kind in {"anthropic", "bedrock"}:
            out.append((b"x-api-key", secret))
        else:
            out.append((b"authorization", b"Bearer " + secret))
        return out

    def prepared(
        self, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Headers and body as this form wants them.

        Raises:
            InputError: ``upstream.body`` when the body is no JSON object where one is needed.
        """
        if self.family == "openai":
            return headers, body
        kept = headers
        if self.settings.kind == "vertex":
            kept = [(name, value) for name, value in headers if name != b"anthropic-version"]
            return kept, _for_vertex(body)
        if not any(name == b"anthropic-version" for name, _ in headers):
            kept = [*headers, (b"anthropic-version", _ANTHROPIC_VERSION)]
        return kept, body


class Endpoints:
    """The upstreams in the order of the settings."""

    def __init__(self, settings: Settings) -> None:
        """Name them."""
        self.all = tuple(
            Endpoint(name=name, settings=upstream, host=urlsplit(upstream.url).hostname or "")
            for name, upstream in settings.upstreams.items()
        )
        self.by_name = {endpoint.name: endpoint for endpoint in self.all}

    def for_model(
        self, model: str, family: Family, channel: str = "", *, wire: str = ""
    ) -> Endpoint | None:
        """The upstream of a model; without a model the first that speaks the wire."""
        meant = [endpoint for endpoint in self.all if not model or endpoint.serves(model)]
        if channel:
            meant = [endpoint for endpoint in meant if endpoint.channel == channel]

        # A pattern that says more than "anything" comes first, then whoever speaks the wire.
        def rank(endpoint: Endpoint) -> tuple[bool, bool, bool]:
            speaks = not wire or wire in endpoint.wires
            return endpoint.is_open(model), endpoint.family != family, not speaks

        return min(meant, key=rank, default=None)


def _for_vertex(body: bytes) -> bytes:
    """The same body without the model and with the version; every other byte stays."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(
            "the body is no JSON object",
            code="upstream.body",
            expected="a Messages request",
            help="mend the request",
        ) from None
    fields.pop("model", None)
    fields.setdefault("anthropic_version", msgspec.Raw(_VERTEX_VERSION))
    return msgspec.json.encode(fields)


def _no_path(path: str, kind: str) -> InputError:
    return InputError(
        f"an upstream of kind `{kind}` has no `{path[:80]}`",
        code="upstream.path",
        expected="/v1/messages",
        help="send this request to another upstream",
    )
