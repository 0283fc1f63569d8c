"""The settings of a gateway, as its file gives them.

Rules:

1. Every mistake is named at once, with what was found, what was expected and a way out.
2. A setting that does not exist is a mistake.
3. A secret never stands in the file: it is named by ``{env = "NAME"}`` or ``{file = "PATH"}``.
4. More than one process needs PostgreSQL; anything else is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from gardefou.action import Attributes
from gardefou.errors import InputError

Mode = Literal["observe", "enforce"]
Window = Literal["minute", "hour", "day", "month"]
UpstreamKind = Literal["openai", "azure", "anthropic", "bedrock", "vertex", "compatible"]
WireName = Literal["openai.chat", "openai.responses", "anthropic.messages"]
Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Amount = Annotated[float, msgspec.Meta(ge=0)]


class _Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings."""


class Secret(_Setting, frozen=True, kw_only=True):
    """Where a secret is kept: a variable of the environment, or a file."""

    env: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        """Exactly one place."""
        if bool(self.env) == bool(self.file):
            raise InputError(
                "a secret needs exactly one of `env` and `file`",
                code="settings.secret",
                expected='{env = "NAME"} or {file = "PATH"}',
                help="name the one place where the secret is",
            )


class Server(_Setting, frozen=True, kw_only=True):
    """Where the gateway listens, and its bounds."""

    listen: str = "127.0.0.1:8080"
    processes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    body_limit_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=1 << 30)] = 33_554_432
    answer_limit_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=1 << 30)] = 67_108_864
    body_timeout_s: Seconds = 60.0
    drain_s: Seconds = 30.0
    wait_s: Seconds = 25.0
    stream_wait_s: Seconds = 600.0
    keep_alive_s: Seconds = 10.0
    connections: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 20_000
    session_cache_bytes: Annotated[int, msgspec.Meta(ge=0, le=1 << 34)] = 33_554_432


class StoreSettings(_Setting, frozen=True, kw_only=True):
    """Where the ledger, its signing key and the gateway's own state are kept."""

    ledger: str | Secret
    key: str
    state: str | Secret = ""
    anchors: tuple[str, ...] = ()


class Documents(_Setting, frozen=True, kw_only=True):
    """The constitution's layers and the catalogue for every tenant."""

    layers: tuple[str, ...] = ()
    catalogue: str = ""


class UpstreamSettings(_Setting, frozen=True, kw_only=True):
    """One place that serves models."""

    kind: UpstreamKind
    url: str = ""
    secret: Secret | None = None
    models: tuple[str, ...] = ("*",)
    wires: tuple[WireName, ...] = ()
    vendor: str = ""
    channel: str = ""
    region: str = ""
    project: str = ""
    api_version: str = ""
    connect_s: Seconds = 10.0
    read_s: Seconds = 600.0
    connections: Count = 10_000
    headers: dict[str, str] = {}


class ApplicationSettings(_Setting, frozen=True, kw_only=True):
    """What one application of a tenant has of its own."""

    mode: Mode | None = None
    attributes: Attributes = Attributes()


class TenantSettings(_Setting, frozen=True, kw_only=True):
    """One tenant: its layers, and what happens to its traffic."""

    layers: tuple[str, ...] = ()
    catalogue: str = ""
    mode: Mode = "enforce"
    on_deny: Literal["refuse", "explain"] = "refuse"
    explain_limit: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    stored: bool = False
    context: Literal["off", "articles"] = "off"
    context_tokens: Annotated[int, msgspec.Meta(ge=50, le=100_000)] = 2_000
    attributes: Attributes = Attributes()
    applications: dict[str, ApplicationSettings] = {}


class Price(_Setting, frozen=True, kw_only=True):
    """What a million tokens of a model cost, in the currency of the budgets."""

    model: str
    input: Amount
    output: Amount


class BudgetSettings(_Setting, frozen=True, kw_only=True):
    """A limit for one tenant, or one of its applications, in one window of time."""

    tenant: str
    application: str = ""
    window: Window
    requests: Count | None = None
    tokens: Count | None = None
    money: Amount | None = None


class OrderSettings(_Setting, frozen=True, kw_only=True):
    """Whose orders count: the public keys of the officers that sign them."""

    officers: tuple[str, ...] = ()


class LogSettings(_Setting, frozen=True, kw_only=True):
    """The JSON log on standard error; it never has a payload."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    requests: bool = False


class TelemetrySettings(_Setting, frozen=True, kw_only=True):
    """Traces over OTLP; without an endpoint there are none."""

    endpoint: str = ""
    service: str = "gardefou"


class ProviderSettings(_Setting, frozen=True, kw_only=True):
    """The identity provider that people sign in with at the console."""

    issuer: str
    client_id: str
    client_secret: Secret
    claim: str = "preferred_username"


class MailSettings(_Setting, frozen=True, kw_only=True):
    """A mail server, and the addresses of each role."""

    host: str
    sender: str
    to: dict[str, tuple[str, ...]]
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 25
    starttls: bool = True
    user: str = ""
    password: Secret | None = None


class WebhookSettings(_Setting, frozen=True, kw_only=True):
    """An address that gets signed notices."""

    url: str
    secret: Secret


class NotifySettings(_Setting, frozen=True, kw_only=True):
    """How people hear that something waits for them."""

    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None
    chat: Secret | None = None
    desktop: bool = False


class ConsoleTable(_Setting, frozen=True, kw_only=True):
    """The supervisors' pages, served beside the gateway; ``origin`` is what browsers see."""

    origin: str
    tenant: str = "default"
    passwords: bool = True
    tools: str = ""
    test_users: tuple[str, ...] = ()
    provider: ProviderSettings | None = None
    notify: NotifySettings = NotifySettings()


class EnvoySettings(_Setting, frozen=True, kw_only=True):
    """Where an Envoy asks: ``host:port`` or ``unix:PATH``, with TLS where it is another host."""

    listen: str = "127.0.0.1:9001"
    certificate: str = ""
    key: str = ""
    clients: str = ""


class Settings(_Setting, frozen=True, kw_only=True):
    """Everything that a gateway is told."""

    server: Server = Server()
    store: StoreSettings
    constitution: Documents = Documents()
    upstreams: dict[str, UpstreamSettings]
    tenants: dict[str, TenantSettings] = {}
    prices: tuple[Price, ...] = ()
    budgets: tuple[BudgetSettings, ...] = ()
    orders: OrderSettings = OrderSettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    console: ConsoleTable | None = None
    envoy: EnvoySettings | None = None

    def tenant(self, name: str) -> TenantSettings:
        """The settings of a tenant; one that the file does not name has the defaults."""
        return self.tenants.get(name) or _DEFAULT_TENANT

    def mode(self, tenant: str, application: str) -> Mode:
        """Whether the traffic of an application is observed or enforced."""
        found = self.tenant(tenant)
        own = found.applications.get(application)
        return (own.mode if own is not None else None) or found.mode

    def attributes(self, tenant: str, application: str) -> Attributes:
        """What is known of the setting of an application's traffic: its own before its tenant's."""
        found = self.tenant(tenant)
        own = found.applications.get(application)
        if own is None:
            return found.attributes
        both = msgspec.to_builtins(found.attributes) | msgspec.to_builtins(own.attributes)
        return msgspec.convert(both, Attributes)


_DEFAULT_TENANT = TenantSettings()
