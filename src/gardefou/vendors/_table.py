"""The vendor table as it is used at run time: typed rows, hosts and one automaton of patterns."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

import msgspec

Role = Literal["developer", "channel", "gateway", "tool", "framework", "runtime"]

_OWN_FORMS = frozenset({"first_party", "fine_tuned"})
_CHANNEL_FORMS = frozenset({"any", "channel", "passthrough", "bedrock_any", "arn"})
_NO_FORMS = frozenset({"developer_prefixes"})


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """One row: who it is, what it does, where it answers and how its models are written.

    ``models`` has one RE2 pattern for each form of an id; a whole id matches, in any case.
    """

    id: str
    name: str
    roles: tuple[Role, ...] = ()
    hosts: tuple[str, ...] = ()
    models: Mapping[str, str] = {}


class _Member(msgspec.Struct, frozen=True):
    hosts: tuple[str, ...] = ()
    models: str = ""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    role: tuple[Role, ...]
    hosts: tuple[str, ...] = ()
    models: dict[str, str] = {}
    members: dict[str, _Member] = {}


class DeploymentNames(msgspec.Struct, frozen=True):
    """Where the customer chooses the name of a model, so that the name proves nothing."""

    prefixes: frozenset[str]
    channels: frozenset[str]
    hosts: tuple[str, ...]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How ids are read, beside the patterns of the rows."""

    organisations: dict[str, str]
    channel_names: dict[str, str]
    forms: dict[str, str]
    deployment_names: DeploymentNames
    routers: str
    shared_hosts: dict[str, str]
    channels_only: frozenset[str]
    families: dict[str, str]
    regions: frozenset[str]


class File(msgspec.Struct, frozen=True):
    """The parts of the file that are needed at run time."""

    vendors: tuple[_Row, ...]
    resolution: Reading


class Mark(msgspec.Struct, frozen=True):
    """What a matching pattern says: a developer (or none) and a channel (or none)."""

    developer: str = ""
    channel: str = ""
    is_own: bool = False  # the developer's own form: its channel counts when nothing else names one
    is_router: bool = False


class Table:
    """Rows, hosts and patterns, ready for look-ups; never changes."""

    def __init__(self, file: File) -> None:
        """Compile the patterns of every row into one automaton (about 10 ms)."""
        self.reading = file.resolution
        self.vendors = tuple(v for row in file.vendors for v in _flat(row, self.reading))
        self.by_id = {vendor.id: vendor for vendor in self.vendors}
        self.developers = tuple(sorted(v.id for v in self.vendors if "developer" in v.roles))
        self._exact, self._globs = _hosts(self.vendors, self.reading)
        self._deployments = tuple(_glob(h) for h in self.reading.deployment_names.hosts)
        self._marks: list[Mark] = []
        self._set = self._compile()
        marked = {mark.channel for mark in self._marks if not mark.is_own}
        self._hosts_others = marked | set(self.reading.channel_names.values())

    def _compile(self) -> Any:
        import re2  # noqa: PLC0415 - 20 ms that a process without models does not pay

        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = 128 << 20  # ids are short: no automaton of theirs gets near it
        patterns = re2.Set.FullMatchSet(options)
        for vendor in self.vendors:
            for form, pattern in vendor.models.items():
                mark = self._mark(vendor, form)
                if mark is not None:
                    patterns.Add(pattern)
                    self._marks.append(mark)
        for developer, pattern in self.reading.families.items():
            patterns.Add(pattern)
            self._marks.append(Mark(developer=developer))
        patterns.Add(self.reading.routers)
        self._marks.append(Mark(is_router=True))
        patterns.Compile()
        return patterns

    def _mark(self, vendor: Vendor, form: str) -> Mark | None:
        if form in _NO_FORMS:
            return None
        if form in _CHANNEL_FORMS or "developer" not in vendor.roles:
            return Mark(channel=vendor.id)
        if form in _OWN_FORMS:
            return Mark(developer=vendor.id, channel=vendor.id, is_own=True)
        return Mark(developer=vendor.id, channel=self.reading.forms.get(form, ""))

    def marks(self, text: str) -> list[Mark]:
        """What the patterns that match the whole text say; one scan, about 1 us."""
        return [self._marks[index] for index in self._set.Match(text) or ()]

    def channel_named(self, name: str) -> str:
        """The row that a channel's name means, or an empty text."""
        name = name.lower()
        if name in self.reading.channel_names:
            return self.reading.channel_names[name]
        return name if name in self.by_id else ""

    def serves_only_its_own(self, vendor: str) -> bool:
        """Whether nothing in the table says that this developer serves models of others."""
        return vendor in self.developers and vendor not in self._hosts_others

    def channel_of_host(self, host: str) -> str:
        """The row that answers at a host, or an empty text."""
        name, address = _address(host)
        if found := self._exact.get(address) or self._exact.get(name):
            return found
        return next((vendor for glob, vendor in self._globs if _matches(glob, name)), "")

    def has_deployment_names(self, host: str) -> bool:
        """Whether customers choose the names of models at this host."""
        name, _ = _address(host)
        return any(_matches(glob, name) for glob in self._deployments)


def _flat(row: _Row, reading: Reading) -> list[Vendor]:
    if not row.members:
        return [
            Vendor(id=row.id, name=row.name, roles=row.role, hosts=row.hosts, models=row.models)
        ]
    found: list[Vendor] = []
    for key, member in row.members.items():
        alone = key in reading.channels_only
        roles: tuple[Role, ...] = ("channel",) if alone else row.role
        models = {"any" if alone else "first_party": member.models} if member.models else {}
        found.append(Vendor(id=key, name=key, roles=roles, hosts=member.hosts, models=models))
    return found


def _hosts(
    vendors: tuple[Vendor, ...], reading: Reading
) -> tuple[dict[str, str], tuple[tuple[tuple[str, ...], str], ...]]:
    exact: dict[str, str] = {}
    globs: list[tuple[tuple[str, ...], str]] = []
    for vendor in vendors:
        for host in vendor.hosts:
            name = host.partition("/")[0]
            if "*" in name:
                globs.append((_glob(name), vendor.id))
            else:
                exact.setdefault(name, vendor.id)
    exact.update(reading.shared_hosts)
    return exact, tuple(sorted(globs, key=lambda pair: -len("".join(pair[0]))))


def _glob(host: str) -> tuple[str, ...]:
    return tuple(host.lower().split("*"))


def _matches(glob: tuple[str, ...], name: str) -> bool:
    """Whether a host's name fits ``a*b*c``; what a ``*`` stands for is never empty."""
    if not name.startswith(glob[0]):
        return False
    at = len(glob[0])
    for part in glob[1:-1]:
        found = name.find(part, at + 1)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(glob[-1]) and at < len(name) - len(glob[-1])


def _address(host: str) -> tuple[str, str]:
    """A host's name without and with its port, from a host, an authority or a URL."""
    rest = host.strip().lower()
    rest = rest.partition("://")[2] or rest
    authority = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    name, _, port = authority.partition(":")
    name = name.rstrip(".")
    return name, f"{name}:{port}" if port else name


@functools.cache
def table() -> Table:
    """The table of the package; read once, when it is first asked for."""
    import yaml  # noqa: PLC0415 - 15 ms that a process without models does not pay

    source = resources.files(__package__).joinpath("vendors.yaml").read_bytes()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # The file is part of the package, and both loaders are safe ones.
    return Table(msgspec.convert(yaml.load(source, loader), File))  # noqa: S506 - see above


def vendors() -> tuple[Vendor, ...]:
    """Every row of the table, in its order; members of a joint row are rows of their own."""
    return table().vendors


def developer_ids() -> tuple[str, ...]:
    """The ids of those who make models, sorted."""
    return table().developers


def channel_of_host(host: str) -> str:
    """The id of the row that answers at a host, an authority or a URL; empty when none does."""
    return table().channel_of_host(host)
