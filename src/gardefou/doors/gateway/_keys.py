"""The keys that applications show: 256 random bits each, kept as a hash.

Rules:

1. A key is ``gfk_ID_SECRET``. The store has SHA-256 of the secret: that is enough for 256 random
   bits, which nobody can guess, and it is compared in constant time.
2. A key belongs to one tenant; what it may reach can only be narrower than the tenant.
3. A revoked or expired key is refused from the next look at the store on, at most `FRESH_S` later.
4. Rotation makes a new key with the same rights; the old one works until its grace is over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from gardefou.action import Principal
from gardefou.doors.gateway._settings import Mode
from gardefou.doors.gateway._state import Run, State
from gardefou.errors import UsageError

FRESH_S = 1.0
MAX_USER = 256
"""So many characters of a name that a caller gives are kept."""
_PATTERN = re.compile(rb"gfk_([0-9a-z]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What a key stands for; times are microseconds since 1970 UTC, 0 means never."""

    id: str
    tenant: str
    application: str = ""
    agent: str = ""
    role: Literal["call", "manage"] = "call"
    mode: Mode | None = None
    wires: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    created_us: int = 0
    expires_us: int = 0
    revoked_us: int = 0

    def principal(self, user: str = "") -> Principal:
        """On whose behalf its bearer acts; ``user`` is whom the bearer names, if anybody."""
        return Principal(
            tenant=self.tenant,
            application=self.application,
            agent=self.agent,
            user=user[:MAX_USER],
        )

    def is_live(self, now_us: int) -> bool:
        """Whether it counts at a time."""
        return not (
            (self.revoked_us and now_us >= self.revoked_us)
            or (self.expires_us and now_us >= self.expires_us)
        )

    def may_use(self, wire: str, model: str) -> bool:
        """Whether its scopes cover a wire and a model."""
        return (not self.wires or wire in self.wires) and (
            not self.models or any(fnmatchcase(model, pattern) for pattern in self.models)
        )


class Made(msgspec.Struct, frozen=True):
    """A new key with its text, which is shown once and kept nowhere."""

    key: Key
    text: str


class KeyBook:
    """The keys in a state."""

    def __init__(
        self, state: State, *, clock: Callable[[], int], random: Callable[[int], bytes]
    ) -> None:
        """``clock`` gives microseconds, ``random`` that many random bytes."""
        self._state = state
        self._clock = clock
        self._random = random

    def create(self, key: Key) -> Made:
        """Make a key with the rights of ``key``; its id and times are filled in.

        Raises:
            UsageError: ``key.name`` when a name cannot be used.
        """
        for name in (key.tenant, *(n for n in (key.application, key.agent) if n)):
            if not _NAME.fullmatch(name):
                raise UsageError(
                    "a name of a key cannot be used",
                    code="key.name",
                    help="use 1 to 64 characters without control characters",
                )
        identity = base64.b32encode(self._random(8))[:12].decode().lower()
        secret = base64.urlsafe_b64encode(self._random(32)).decode().rstrip("=")
        made = msgspec.structs.replace(key, id=identity, created_us=self._clock(), revoked_us=0)
        digest = hashlib.sha256(secret.encode()).digest()

        def work(run: Run) -> None:
            run(
                "INSERT INTO gateway_key (id, hash, body) VALUES (?, ?, ?)",
                (identity, digest, msgspec.json.encode(made)),
            )
            _changed(run)

        self._state.now(work)
        return Made(made, f"gfk_{identity}_{secret}")

    def revoke(self, identity: str, *, after_us: int = 0) -> None:
        """Let a key count no more, now or after a time of grace.

        Raises:
            UsageError: ``key.unknown``.
        """
        at = self._clock() + after_us

        def work(run: Run) -> int:
            _, touched = run(
                "UPDATE gateway_key SET revoked_us = ?"
                " WHERE id = ? AND (revoked_us = 0 OR revoked_us > ?)",
                (at, identity, at),
            )
            _changed(run)
            return touched or len(run("SELECT 1 FROM gateway_key WHERE id = ?", (identity,))[0])

        if not self._state.now(work):
            raise _unknown(identity)

    def rotate(self, identity: str, *, grace_us: int) -> Made:
        """Make a key with the same rights; the old one counts until the grace is over (rule 4).

        Raises:
            UsageError: ``key.unknown`` when there is no such live key.
        """
        now = self._clock()
        old = next((k for k in self.list() if k.id == identity and k.is_live(now)), None)
        if old is None:
            raise _unknown(identity)
        made = self.create(old)
        self.revoke(identity, after_us=grace_us)
        return made

    def list(self) -> list[Key]:
        """Every key, the oldest first; no hash leaves."""
        return sorted(
            (key for key, _ in self._state.now(_all).values()), key=lambda k: (k.created_us, k.id)
        )


class KeyRing:
    """The keys as the data plane looks them up: from memory, renewed when the store changed."""

    def __init__(self, state: State) -> None:
        """Read them once."""
        self._state = state
        self._keys: dict[str, tuple[Key, bytes]] = {}
        self._revision = -1
        self._seen: dict[bytes, Key] = {}

    async def refresh(self) -> bool:
        """Look whether the keys changed, and read them again if so; tells whether they did.

        Raises:
            LedgerUnavailable: ``state.unavailable``; the keys known so far stay.
        """
        revision = await self._state.transact(_revision)
        if revision == self._revision:
            return False
        self._keys = await self._state.transact(_all)
        self._seen.clear()
        self._revision = revision
        return True

    def all(self) -> list[Key]:
        """The keys as they are known now."""
        return [key for key, _ in self._keys.values()]

    def find(self, text: bytes, now_us: int) -> Key | None:
        """The key that a caller shows, when it counts."""
        known = self._seen.get(hashlib.sha256(text).digest())
        if known is not None:
            return known if known.is_live(now_us) else None
        match = _PATTERN.fullmatch(text)
        if match is None:
            return None
        stored = self._keys.get(match[1].decode())
        digest = hashlib.sha256(match[2]).digest()
        if stored is None or not hmac.compare_digest(digest, stored[1]):
            return None
        self._seen[hashlib.sha256(text).digest()] = stored[0]
        return stored[0] if stored[0].is_live(now_us) else None


def _all(run: Run) -> dict[str, tuple[Key, bytes]]:
    rows, _ = run("SELECT id, hash, body, revoked_us FROM gateway_key")
    found = {}
    for identity, digest, body, revoked_us in rows:
        key = msgspec.json.decode(bytes(body), type=Key)
        found[identity] = (msgspec.structs.replace(key, revoked_us=revoked_us), bytes(digest))
    return found


def _revision(run: Run) -> int:
    return int(run("SELECT number FROM gateway_revision")[0][0][0])


def _changed(run: Run) -> None:
    run("UPDATE gateway_revision SET number = number + 1")


def _unknown(identity: str) -> UsageError:
    return UsageError(
        f"there is no key `{identity[:20]}`",
        code="key.unknown",
        help="`gardefou key list` shows them",
    )
