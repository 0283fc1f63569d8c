"""Accounts: persons with their passkeys, passwords and sessions, kept with the ledger.

Rules:

1. A person is a name in a tenant. Whether they may vote is a matter of roles, not of accounts.
2. A passkey that is added or removed is an entry of the ledger, with its public key: votes can be
   verified by anybody, later as well.
3. A session is a row; its cookie is a random token of which only the digest is kept. It ends after
   `IDLE_US` without use and `LONGEST_US` in any case, and when its person is signed out or disabled.
4. An enrolment's nonce and a challenge are used once.
5. After `MAX_FAILURES` wrong passwords or assertions in `WINDOW_US`, an account waits.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from gardefou.console._identity._passwords import check_password, hash_password
from gardefou.errors import InputError, UsageError
from gardefou.ledger import SEQ, Change, Ledger

Method = Literal["passkey", "password", "oidc"]

IDLE_US = 30 * 60 * 1_000_000
LONGEST_US = 12 * 60 * 60 * 1_000_000
WINDOW_US = 5 * 60 * 1_000_000
MAX_FAILURES = 10
_TOUCH_US = 60 * 1_000_000


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be signed in."""

    tenant: str
    name: str
    has_password: bool
    passkeys: int
    disabled: bool = False


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """One passkey's public part."""

    id: str
    tenant: str
    person: str
    public_key: bytes
    sign_count: int
    label: str
    added_us: int


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a person; ``key`` is what the store knows it by, not the cookie."""

    key: str
    tenant: str
    person: str
    method: Method
    opened_us: int
    seen_us: int


class Accounts:
    """The accounts beside one ledger; any thread."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], int],
        make_token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        """Work on an open ledger; ``clock`` gives microseconds since 1970, UTC."""
        self._ledger = ledger
        self._clock = clock
        self._make_token = make_token
        self._failures: dict[tuple[str, str], list[int]] = {}

    # Persons

    def people(self, tenant: str) -> tuple[Person, ...]:
        """Everybody of a tenant who has an account, by name."""
        rows = self._read(
            "SELECT account.name, account.password, account.disabled,"
            " (SELECT count(*) FROM credential WHERE credential.tenant = account.tenant"
            " AND credential.person = account.name)"
            " FROM account WHERE account.tenant = ? ORDER BY account.name",
            (tenant,),
        )
        return tuple(
            Person(
                tenant=tenant,
                name=str(name),
                has_password=bool(password),
                passkeys=int(count),
                disabled=bool(disabled),
            )
            for name, password, disabled, count in rows
        )

    def person(self, tenant: str, name: str) -> Person | None:
        """One person who has an account."""
        return next((p for p in self.people(tenant) if p.name == name), None)

    def make(self, tenant: str, name: str) -> None:
        """Make an account where there is none."""
        self._write(
            "INSERT INTO account (tenant, name, password, disabled) VALUES (?, ?, '', 0)"
            " ON CONFLICT DO NOTHING",
            (tenant, name),
        )

    def disable(self, tenant: str, name: str, *, by: str) -> None:
        """Take an account away: no sign-in, no vote; passkeys and sessions are gone.

        ``by`` is the pseudonym of whoever does it.

        Raises:
            InputError: ``account.missing``.
            LedgerUnavailable: when it could not be made durable.
        """
        self._known(tenant, name)
        where = (tenant, name)
        self._ledger.append(
            "account",
            {"account": "disabled", "tenant": tenant, "by": by},
            changes=(
                Change("UPDATE account SET disabled = 1 WHERE tenant = ? AND name = ?", where),
                Change("DELETE FROM credential WHERE tenant = ? AND person = ?", where, None),
                Change("DELETE FROM web_session WHERE tenant = ? AND person = ?", where, None),
            ),
        )

    # Passwords

    def set_password(self, tenant: str, name: str, password: str) -> None:
        """Set a person's password.

        Raises:
            InputError: ``account.password``, ``account.missing``.
        """
        self._known(tenant, name)
        self._write(
            "UPDATE account SET password = ? WHERE tenant = ? AND name = ?",
            (hash_password(password), tenant, name),
        )

    def check(self, tenant: str, name: str, password: str) -> bool:
        """Whether this is the person's password; takes as long when there is no such person.

        Raises:
            InputError: ``account.busy`` after too many failures (rule 5).
        """
        self.must_not_wait(tenant, name)
        rows = self._read(
            "SELECT password FROM account WHERE tenant = ? AND name = ? AND disabled = 0",
            (tenant, name),
        )
        kept = str(rows[0][0]) if rows else ""
        good = check_password(password, kept)
        if not good:
            self.failed(tenant, name)
        return good

    def must_not_wait(self, tenant: str, name: str) -> None:
        """Refuse while an account waits (rule 5).

        Raises:
            InputError: ``account.busy``.
        """
        since = self._clock() - WINDOW_US
        recent = [at for at in self._failures.get((tenant, name), ()) if at > since]
        if len(recent) >= MAX_FAILURES:
            raise InputError(
                f"there were {len(recent)} failed tries in five minutes",
                code="account.busy",
                expected=f"fewer than {MAX_FAILURES}",
                help="wait five minutes, then try again",
            )

    def failed(self, tenant: str, name: str) -> None:
        """Count a failed try."""
        since = self._clock() - WINDOW_US
        if len(self._failures) > 10_000:
            self._failures = {k: v for k, v in self._failures.items() if v[-1] > since}
        recent = [at for at in self._failures.get((tenant, name), ()) if at > since]
        self._failures[(tenant, name)] = [*recent[-MAX_FAILURES:], self._clock()]

    # Passkeys

    def add_credential(self, credential: Credential) -> None:
        """Keep a passkey; its public key is in the ledger (rule 2).

        Raises:
            UsageError: ``account.credential`` when it is known already.
            LedgerUnavailable: when it could not be made durable.
        """
        if self.credential(credential.id) is not None:
            raise UsageError(
                "this passkey is known already",
                code="account.credential",
                help="sign in with it, or take another device",
            )
        self._ledger.append(
            "account",
            {
                "account": "passkey.added",
                "tenant": credential.tenant,
                "credential": credential.id,
                "public_key": credential.public_key.hex(),
            },
            changes=(
                Change(
                    "INSERT INTO credential"
                    " (id, tenant, person, public_key, sign_count, label, added_us, seq)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        credential.id,
                        credential.tenant,
                        credential.person,
                        credential.public_key,
                        credential.sign_count,
                        credential.label,
                        credential.added_us,
                        SEQ,
                    ),
                ),
            ),
        )

    def credential(self, credential_id: str) -> Credential | None:
        """A passkey by its id."""
        found = self._credentials("id = ?", (credential_id,))
        return found[0] if found else None

    def credentials(self, tenant: str, person: str) -> tuple[Credential, ...]:
        """A person's passkeys, oldest first."""
        return self._credentials("tenant = ? AND person = ? ORDER BY seq", (tenant, person))

    def used(self, credential_id: str, sign_count: int) -> None:
        """Note the authenticator's counter; it never goes back."""
        self._write(
            "UPDATE credential SET sign_count = ? WHERE id = ? AND sign_count <= ?",
            (sign_count, credential_id, sign_count),
        )

    def remove_credential(self, tenant: str, person: str, credential_id: str) -> None:
        """Forget a passkey.

        Raises:
            UsageError: ``ledger.moved_on`` when the person has no such passkey.
            LedgerUnavailable: when it could not be made durable.
        """
        self._ledger.append(
            "account",
            {"account": "passkey.removed", "tenant": tenant, "credential": credential_id},
            changes=(
                Change(
                    "DELETE FROM credential WHERE id = ? AND tenant = ? AND person = ?",
                    (credential_id, tenant, person),
                ),
            ),
        )

    # Single use (rule 4)

    def use_once(self, nonce: str, until_us: int) -> bool:
        """Mark something as used; False when it was used before."""
        now_us = self._clock()

        def work(session: Any) -> bool:
            session.run("DELETE FROM used_once WHERE until_us < ?", (now_us,))
            done = session.run(
                "INSERT INTO used_once (nonce, until_us) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (nonce, until_us),
            )
            return int(done.rowcount) == 1

        return bool(self._ledger.writer.task(work))

    # Sessions (rule 3)

    def sign_in(self, tenant: str, person: str, method: Method) -> str:
        """Open a session; returns the token for its cookie.

        Raises:
            InputError: ``account.missing`` when the person has no account or it is disabled.
        """
        self._known(tenant, person)
        token, now_us = self._make_token(), self._clock()
        self._write(
            "INSERT INTO web_session (id, tenant, person, method, opened_us, seen_us)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (_key(token), tenant, person, method, now_us, now_us),
        )
        return token

    def session(self, token: str) -> SignedIn | None:
        """The session of a cookie, if it still holds."""
        if not token:
            return None
        rows = self._read(
            "SELECT id, tenant, person, method, opened_us, seen_us FROM web_session WHERE id = ?",
            (_key(token),),
        )
        if not rows:
            return None
        key, tenant, person, method, opened_us, seen_us = rows[0]
        now_us = self._clock()
        if now_us - seen_us > IDLE_US or now_us - opened_us > LONGEST_US or now_us < opened_us:
            self.sign_out(str(key))
            return None
        if now_us - seen_us > _TOUCH_US:
            self._write("UPDATE web_session SET seen_us = ? WHERE id = ?", (now_us, key))
        return SignedIn(
            key=str(key),
            tenant=str(tenant),
            person=str(person),
            method=method,
            opened_us=int(opened_us),
            seen_us=now_us,
        )

    def sign_out(self, key: str) -> None:
        """End a session."""
        self._write("DELETE FROM web_session WHERE id = ?", (key,))

    def sign_out_everywhere(self, tenant: str, person: str) -> None:
        """End all sessions of a person."""
        self._write("DELETE FROM web_session WHERE tenant = ? AND person = ?", (tenant, person))

    def _known(self, tenant: str, name: str) -> None:
        rows = self._read(
            "SELECT 1 FROM account WHERE tenant = ? AND name = ? AND disabled = 0", (tenant, name)
        )
        if not rows:
            raise InputError(
                f"`{name[:80]}` has no account",
                code="account.missing",
                expected="a person who was enrolled",
                help="make an enrolment link with `gardefou console enrol`",
            )

    def _credentials(self, where: str, values: Sequence[Any]) -> tuple[Credential, ...]:
        rows = self._read(
            "SELECT id, tenant, person, public_key, sign_count, label, added_us"  # noqa: S608 - only constants of this module
            f" FROM credential WHERE {where}",
            values,
        )
        return tuple(
            Credential(
                id=str(i),
                tenant=str(t),
                person=str(p),
                public_key=bytes(k),
                sign_count=int(n),
                label=str(name),
                added_us=int(at),
            )
            for i, t, p, k, n, name, at in rows
        )

    def _read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with self._ledger.store.reading() as session:
            return session.run(sql, values).fetchall()

    def _write(self, sql: str, values: Sequence[Any]) -> None:
        self._ledger.writer.task(lambda session: session.run(sql, values))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
