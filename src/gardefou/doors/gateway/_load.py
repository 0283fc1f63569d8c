"""Reading the settings file: TOML, typed, checked as a whole before anything starts."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gardefou.doors.gateway._reading import Reader
from gardefou.doors.gateway._settings import (
    EnvoySettings,
    Secret,
    Server,
    Settings,
    UpstreamSettings,
)
from gardefou.errors import FileError, LoadError, Problem, UsageError
from gardefou.ledger import is_postgres

MAX_SECRET_BYTES = 16_384
_DEFAULT_URLS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "bedrock": "https://bedrock-mantle.{region}.api.aws/anthropic/v1",
    "vertex": (
        "https://{host}/v1/projects/{project}/locations/{region}/publishers/anthropic/models"
    ),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")


def load_settings(path: Path) -> Settings:
    """The settings in a file; relative paths in it start from the file's folder.

    Raises:
        FileError: ``settings.file`` when it cannot be read.
        LoadError: with every mistake of the file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(
            f"the settings `{path}` cannot be read: {(error.strerror or 'unknown').lower()}",
            code="settings.file",
            help="check the path and the permissions",
        ) from None
    return parse_settings(data, file=str(path), folder=path.parent)


def parse_settings(data: bytes, *, file: str = "", folder: Path | None = None) -> Settings:
    """The settings in a text.

    Raises:
        LoadError: with every mistake of the text.
    """
    try:
        value = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LoadError([_syntax(file, f"not UTF-8 at byte {error.start}")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # A line of the file may hold a secret in the wrong place: only the place is told.
        place = re.search(r"at line \d+, column \d+|at end of document", str(error))
        raise LoadError([_syntax(file, f"not TOML {place[0] if place else ''}".strip())]) from None
    reader = Reader(file)
    settings = reader.struct(Settings, value, "")
    if settings is not None:
        settings = _resolved(reader, settings, folder or Path())
    else:
        _check_parts(reader)
    if reader.problems or settings is None:
        raise LoadError(reader.problems)
    return settings


def secret_of(secret: Secret, environment: Mapping[str, str] | None = None) -> str:
    """The secret itself; a file is read each time, so that a rotated one counts at once.

    Raises:
        UsageError: ``settings.no_secret`` when the place is empty or cannot be read.
    """
    if secret.env:
        found = (os.environ if environment is None else environment).get(secret.env, "")
        place = f"the variable `{secret.env}`"
    else:
        place = f"the file `{secret.file}`"
        try:
            with Path(secret.file).open("rb") as file:
                found = file.read(MAX_SECRET_BYTES).decode().strip()
        except (OSError, UnicodeDecodeError):
            found = ""
    if not found or not found.isascii() or any(ord(c) < 33 for c in found):
        raise UsageError(
            f"{place} holds no usable secret",
            code="settings.no_secret",
            help="put the secret there, in printable characters and without spaces",
        )
    return found


def location_of(location: str | Secret) -> str:
    """A path or a database's address, whose password may come from the environment.

    Raises:
        UsageError: as `secret_of`.
    """
    return secret_of(location) if isinstance(location, Secret) else location


def _resolved(reader: Reader, settings: Settings, folder: Path) -> Settings:
    """Paths made absolute, default addresses filled in, and everything checked together."""

    def at(path: str) -> str:
        return path if not path or is_postgres(path) else str(folder / Path(path).expanduser())

    for name in settings.tenants:
        _check_name(reader, "tenants", name)
    upstreams = {
        name: _upstream(reader, name, upstream, at) for name, upstream in settings.upstreams.items()
    }
    if not upstreams:
        reader.problem(
            "settings.missing",
            "there is no upstream",
            expected="at least one table `upstreams.NAME`",
            way_out='add [upstreams.openai] with kind = "openai"',
        )
    _check_budgets(reader, settings)
    _check_listen(reader, settings.server.listen)
    envoy = settings.envoy
    if envoy is not None:
        _check_envoy(reader, envoy)
        envoy = msgspec.structs.replace(
            envoy,
            certificate=at(envoy.certificate),
            key=at(envoy.key),
            clients=at(envoy.clients),
        )
    store = settings.store
    for setting, place in (("ledger", store.ledger), ("state", store.state)):
        if isinstance(place, str) and is_postgres(place) and urlsplit(place).password:
            reader.problem(
                "settings.inline_secret",
                f"`store.{setting}` has a password in it",
                expected='{env = "NAME"}',
                way_out="put the whole address into a variable of the environment",
            )
    ledger = at(store.ledger) if isinstance(store.ledger, str) else store.ledger
    state = at(store.state) if isinstance(store.state, str) else store.state
    if not state:
        shared = isinstance(ledger, Secret) or is_postgres(ledger)
        state = ledger if shared else f"{ledger}-gateway"
    _check_processes(reader, settings.server.processes, ledger, state)
    documents = msgspec.structs.replace(
        settings.constitution,
        layers=tuple(at(path) for path in settings.constitution.layers),
        catalogue=at(settings.constitution.catalogue),
    )
    tenants = {
        name: msgspec.structs.replace(
            tenant,
            layers=tuple(at(path) for path in tenant.layers),
            catalogue=at(tenant.catalogue),
        )
        for name, tenant in settings.tenants.items()
    }
    console = settings.console
    if console is not None:
        console = msgspec.structs.replace(console, tools=at(console.tools))
    return msgspec.structs.replace(
        settings,
        console=console,
        store=msgspec.structs.replace(store, ledger=ledger, key=at(store.key), state=state),
        constitution=documents,
        tenants=tenants,
        upstreams=upstreams,
        envoy=envoy,
    )


def _check_parts(reader: Reader) -> None:
    """Look at the tables that are right by themselves, so that their mistakes are named too."""
    for path, part in reader.parts:
        if isinstance(part, UpstreamSettings):
            _upstream(reader, path.partition(".")[2].strip('"'), part, str)
        elif isinstance(part, Server):
            _check_listen(reader, part.listen)
        elif isinstance(part, EnvoySettings):
            _check_envoy(reader, part)


def _upstream(reader: Reader, name: str, upstream: UpstreamSettings, at: Any) -> UpstreamSettings:
    path = f"upstreams.{name}"
    _check_name(reader, "upstreams", name)
    needed = {"bedrock": ("region",), "vertex": ("region", "project")}.get(upstream.kind, ())
    for field in needed:
        if not getattr(upstream, field) and not upstream.url:
            reader.problem(
                "settings.missing",
                f'`{path}.{field}` is missing for kind "{upstream.kind}"',
                expected="text",
                way_out=f"set `{field}`, or the whole `url`",
            )
    region = upstream.region
    host = (
        "aiplatform.googleapis.com" if region == "global" else f"{region}-aiplatform.googleapis.com"
    )
    url = upstream.url or _DEFAULT_URLS.get(upstream.kind, "").format(
        region=region, project=upstream.project, host=host
    )
    _check_url(reader, path, url)
    for header in upstream.headers:
        if not re.fullmatch(r"[A-Za-z0-9-]+", header) or header.lower() in _SECRET_HEADERS:
            reader.problem(
                "settings.value",
                f"`{path}.headers` cannot set `{header[:40]}`",
                expected="a plain header name that carries no secret",
                way_out="give the secret by `secret`",
            )
    family = "anthropic" if upstream.kind in {"anthropic", "bedrock", "vertex"} else "openai"
    for wire in upstream.wires:
        if not wire.startswith(family):
            reader.problem(
                "settings.value",
                f'`{path}.wires`: kind "{upstream.kind}" does not speak `{wire}`',
                expected=f"wires that begin with `{family}.`",
                way_out="name the wires of its kind, or choose another kind",
            )
    secret = upstream.secret
    if secret is not None and secret.file:
        secret = Secret(file=at(secret.file))
    return msgspec.structs.replace(upstream, url=url.rstrip("/"), secret=secret)


_SECRET_HEADERS = {"authorization", "api-key", "x-api-key", "cookie", "host", "content-length"}


def _check_name(reader: Reader, table: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        reader.problem(
            "settings.value",
            f"`{table}` has a name that cannot be used",
            found=ascii(name[:40]),
            expected="up to 64 letters, digits, spaces and . _ @ -",
            way_out="choose another name",
        )


def _check_url(reader: Reader, path: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.query or parts.fragment:
        reader.problem(
            "settings.value",
            f"`{path}.url` is no address of an upstream",
            expected="http:// or https://, a host, a path; no user, no query",
            way_out='such as "https://api.openai.com/v1"',
        )


def _check_budgets(reader: Reader, settings: Settings) -> None:
    for number, budget in enumerate(settings.budgets):
        path = f"budgets[{number}]"
        if budget.requests is None and budget.tokens is None and budget.money is None:
            reader.problem(
                "settings.missing",
                f"`{path}` limits nothing",
                expected="at least one of requests, tokens, money",
                way_out="set a limit or remove the budget",
            )
        if budget.money is not None and not settings.prices:
            reader.problem(
                "settings.missing",
                f"`{path}.money` needs prices",
                expected="at least one [[prices]]",
                way_out="add the prices of the models; a model without one is refused",
            )


_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


def _check_envoy(reader: Reader, envoy: EnvoySettings) -> None:
    """Whoever may ask there is given the vendors' secrets: it must be Envoy and nobody else."""
    if not envoy.listen.startswith("unix:/"):
        _check_listen(reader, envoy.listen, "envoy.listen")
    tls = (envoy.certificate, envoy.key, envoy.clients)
    is_near = envoy.listen.startswith("unix:") or envoy.listen.rpartition(":")[0] in _LOOPBACK
    if any(tls) != all(tls) or not (all(tls) or is_near):
        reader.problem(
            "settings.envoy_open",
            "`envoy` lets others than Envoy ask, and they would be given the vendors' secrets",
            found=ascii(envoy.listen[:60]),
            expected="a place on this host, or all of certificate, key and clients",
            way_out='such as listen = "127.0.0.1:9001", or name the authority of Envoy\'s'
            " certificates with `clients`",
        )


def _check_listen(reader: Reader, listen: str, name: str = "server.listen") -> None:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        reader.problem(
            "settings.value",
            f"`{name}` is no place to listen at",
            found=ascii(listen[:60]),
            expected="host:port",
            way_out='such as "127.0.0.1:8080", or "[::]:8080"',
        )


def _check_processes(
    reader: Reader, processes: int, ledger: str | Secret, state: str | Secret
) -> None:
    """Rule 4; an address from the environment is looked at when the gateway starts."""
    places = [place for place in (ledger, state) if isinstance(place, str)]
    if processes > 1 and not all(is_postgres(place) for place in places):
        reader.problem(
            "settings.processes",
            f"{processes} processes cannot share a file",
            found=f"processes = {processes} and a ledger in a file",
            expected="a ledger in PostgreSQL",
            way_out='set processes = 1, or store.ledger = {env = "LEDGER_URL"}',
        )


def _syntax(file: str, message: str) -> Problem:
    return Problem(
        code="settings.syntax",
        message=message,
        file=file,
        expected="TOML 1.0",
        help="see docs/reference/settings.md for an example",
    )
