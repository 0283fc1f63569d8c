"""Who is at the console: every way in, and what is refused."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gardefou.console._identity import (
    Accounts,
    Passkeys,
    Provider,
    SingleSignOn,
    Site,
    Tickets,
    check_password,
    enrolment_token,
    hash_password,
    open_enrolment,
)
from gardefou.console._identity._accounts import IDLE_US, LONGEST_US, MAX_FAILURES, WINDOW_US
from gardefou.console._identity._tickets import VALID_US
from gardefou.errors import GardefouError, InputError, UsageError
from gardefou.ledger import Ledger, create_ledger, make_key, open_ledger

from .authenticator import PRESENT, VERIFIED, Authenticator

KEY = make_key("ledger.example/console", seeds=(b"c" * 32,))
OTHER_KEY = make_key("ledger.example/console", seeds=(b"d" * 32,))
SITE = Site(domain="localhost", origin="http://localhost:8443")
TENANT = "default"
PASSWORD = "a sentence that only alice would write"


class Clock:
    def __init__(self) -> None:
        self.now_us = 1_780_000_000_000_000

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    location = str(tmp_path / "ledger.db")
    create_ledger(location, KEY)
    with open_ledger(location, KEY) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(ledger: Ledger, clock: Clock) -> Accounts:
    made = Accounts(ledger, clock)
    made.make(TENANT, "alice")
    return made


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(GardefouError) as caught:
        call()
    return caught.value.code


# Passwords


def test_a_password_is_kept_as_a_hash_that_differs_each_time() -> None:
    one, two = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one != two
    assert PASSWORD not in one
    assert check_password(PASSWORD, one)
    assert not check_password(PASSWORD + "!", one)
    assert not check_password(PASSWORD, "")


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    assert code_of(lambda: hash_password(password)) == "account.password"


def test_after_too_many_wrong_passwords_the_right_one_waits(
    accounts: Accounts, clock: Clock
) -> None:
    accounts.set_password(TENANT, "alice", PASSWORD)
    for _ in range(MAX_FAILURES):
        assert not accounts.check(TENANT, "alice", "wrong")
    assert code_of(lambda: accounts.check(TENANT, "alice", PASSWORD)) == "account.busy"
    clock.now_us += WINDOW_US + 1
    assert accounts.check(TENANT, "alice", PASSWORD)


def test_nobody_signs_in_without_an_account(accounts: Accounts) -> None:
    assert not accounts.check(TENANT, "mallory", PASSWORD)
    assert not accounts.check("other", "alice", PASSWORD)
    assert code_of(lambda: accounts.sign_in(TENANT, "mallory", "oidc")) == "account.missing"
    assert code_of(lambda: accounts.set_password(TENANT, "bob", PASSWORD)) == "account.missing"


# Sessions


def test_a_session_ends_when_it_is_idle_too_old_or_signed_out(
    accounts: Accounts, clock: Clock
) -> None:
    token = accounts.sign_in(TENANT, "alice", "password")
    found = accounts.session(token)
    assert found is not None
    assert (found.person, found.method) == ("alice", "password")
    assert accounts.session(token + "x") is None
    assert accounts.session("") is None

    clock.now_us += IDLE_US
    assert accounts.session(token) is not None
    clock.now_us += IDLE_US + 1
    assert accounts.session(token) is None

    token = accounts.sign_in(TENANT, "alice", "password")
    for _ in range(LONGEST_US // IDLE_US):
        clock.now_us += IDLE_US
        assert accounts.session(token) is not None
    clock.now_us += 1
    assert accounts.session(token) is None

    token = accounts.sign_in(TENANT, "alice", "password")
    accounts.sign_out_everywhere(TENANT, "alice")
    assert accounts.session(token) is None


def test_the_store_never_holds_what_a_cookie_holds(accounts: Accounts, tmp_path: Path) -> None:
    token = accounts.sign_in(TENANT, "alice", "password")
    for path in tmp_path.iterdir():
        assert token.encode() not in path.read_bytes()


def test_a_clock_that_goes_back_ends_a_session(accounts: Accounts, clock: Clock) -> None:
    token = accounts.sign_in(TENANT, "alice", "password")
    clock.now_us -= 1
    assert accounts.session(token) is None


def test_a_disabled_person_is_out_at_once(accounts: Accounts, ledger: Ledger) -> None:
    device = Authenticator()
    add(Passkeys(accounts, SITE), device)
    token = accounts.sign_in(TENANT, "alice", "passkey")
    size = ledger.head().size
    accounts.disable(TENANT, "alice", by="p-1")
    assert ledger.head().size == size + 1
    assert accounts.session(token) is None
    assert accounts.credentials(TENANT, "alice") == ()
    assert code_of(lambda: accounts.sign_in(TENANT, "alice", "oidc")) == "account.missing"


# Enrolment


def test_an_enrolment_link_holds_for_ten_minutes_and_once(accounts: Accounts) -> None:
    token = enrolment_token(KEY, tenant=TENANT, person="alice", now_s=1_000)
    found = open_enrolment(token, KEY.verifiers, now_s=1_600)
    assert (found.tenant, found.person) == (TENANT, "alice")
    assert accounts.use_once(found.nonce, 9_999_999_999_999_999)
    assert not accounts.use_once(found.nonce, 9_999_999_999_999_999)


@pytest.mark.parametrize(
    ("token", "now_s"),
    [
        (enrolment_token(KEY, tenant=TENANT, person="alice", now_s=1_000), 1_601),
        (enrolment_token(KEY, tenant=TENANT, person="alice", now_s=1_000), 399),
        (enrolment_token(OTHER_KEY, tenant=TENANT, person="alice", now_s=1_000), 1_000),
        (enrolment_token(KEY, tenant=TENANT, person="alice", now_s=1_000)[:-9], 1_000),
        ("", 1_000),
        ("%%%", 1_000),
        ("é" * 20, 1_000),
    ],
    ids=["too old", "from the future", "another key", "cut", "empty", "no base64", "no ascii"],
)
def test_any_other_link_is_refused(token: str, now_s: int) -> None:
    assert code_of(lambda: open_enrolment(token, KEY.verifiers, now_s=now_s)) == "account.enrolment"


# Passkeys


def add(passkeys: Passkeys, device: Authenticator, person: str = "alice") -> None:
    challenge = os.urandom(32)
    passkeys.to_add(TENANT, person, challenge)
    passkeys.add(TENANT, person, device.make(challenge), challenge, now_us=1, label="a phone")


def test_a_passkey_that_was_added_signs_in_and_its_public_key_is_in_the_ledger(
    accounts: Accounts, ledger: Ledger
) -> None:
    passkeys, device = Passkeys(accounts, SITE), Authenticator()
    size = ledger.head().size
    add(passkeys, device)
    with ledger.store.reading() as session:
        body = next(session.rows(size, size + 1)).body
    kept = accounts.credentials(TENANT, "alice")[0]
    assert kept.public_key.hex().encode() in body
    challenge = os.urandom(32)
    assert passkeys.signed(device.sign(challenge), challenge).person == "alice"


def test_a_vote_needs_the_voters_own_passkey_for_this_very_challenge(accounts: Accounts) -> None:
    """Promise 8 and law 5: other bytes, another person, a replay or no verification is refused."""
    accounts.make(TENANT, "bob")
    passkeys, device, bobs = Passkeys(accounts, SITE), Authenticator(), Authenticator()
    add(passkeys, device)
    add(passkeys, bobs, "bob")
    challenge, other = os.urandom(32), os.urandom(32)

    def verify(evidence: bytes, wanted: bytes = challenge) -> None:
        passkeys.verify(evidence, tenant=TENANT, person="alice", challenge=wanted)

    good = device.sign(challenge)
    verify(good)
    refused = {
        "other bytes": lambda: verify(device.sign(challenge), other),
        "another person": lambda: verify(bobs.sign(challenge)),
        "an unknown passkey": lambda: verify(Authenticator().sign(challenge)),
        "replayed": lambda: verify(good),
        "not verified": lambda: verify(device.sign(challenge, flags=PRESENT)),
        "not present": lambda: verify(device.sign(challenge, flags=VERIFIED)),
        "a copied device": lambda: verify(device.sign(challenge, step=1 - device.count)),
        "no JSON": lambda: verify(b"{"),
        "a list": lambda: verify(b"[]"),
        "nothing": lambda: verify(b"{}"),
    }
    for name, call in refused.items():
        assert code_of(call) == "account.assertion", name
    elsewhere = Authenticator(origin="http://evil.example")
    elsewhere.key, elsewhere.id, elsewhere.count = device.key, device.id, device.count + 5
    assert code_of(lambda: verify(elsewhere.sign(challenge))) == "account.assertion"


def test_a_passkey_is_added_once_and_only_for_its_challenge_and_site(accounts: Accounts) -> None:
    passkeys, device = Passkeys(accounts, SITE), Authenticator()
    add(passkeys, device)
    with pytest.raises(UsageError) as caught:
        add(passkeys, device)
    assert caught.value.code == "account.credential"
    challenge = os.urandom(32)
    for made, wanted in (
        (Authenticator(origin="http://evil.example").make(challenge), challenge),
        (Authenticator(domain="evil.example").make(challenge), challenge),
        (Authenticator().make(challenge), os.urandom(32)),
        (Authenticator().make(challenge, flags=PRESENT), challenge),
        (b"{}", challenge),
    ):
        with pytest.raises(InputError) as refused:
            passkeys.add(TENANT, "alice", made, wanted, now_us=1, label="")
        assert refused.value.code == "account.assertion"


def test_a_removed_passkey_signs_nothing_any_more(accounts: Accounts) -> None:
    passkeys, device = Passkeys(accounts, SITE), Authenticator()
    add(passkeys, device)
    kept = accounts.credentials(TENANT, "alice")[0]
    with pytest.raises(UsageError):
        accounts.remove_credential(TENANT, "bob", kept.id)
    accounts.remove_credential(TENANT, "alice", kept.id)
    challenge = os.urandom(32)
    assert code_of(lambda: passkeys.signed(device.sign(challenge), challenge)) == (
        "account.assertion"
    )


# Tickets


def test_a_ticket_is_taken_once_for_its_purpose_and_in_time(
    accounts: Accounts, clock: Clock
) -> None:
    tickets = Tickets(KEY, accounts, clock)
    ticket = tickets.issue("sign-in", person="alice")
    assert tickets.take("sign-in", ticket) == {"person": "alice"}
    assert code_of(lambda: tickets.take("sign-in", ticket)) == "account.ticket"

    other = tickets.issue("sign-in", person="alice")
    forged = other[:-4] + ("AAAA" if other[-4:] != "AAAA" else "BBBB")
    for bad in (
        "",
        ".",
        "a.b",
        "é.é",
        forged,
        Tickets(OTHER_KEY, accounts, clock).issue("sign-in"),
    ):
        assert code_of(lambda bad=bad: tickets.take("sign-in", bad)) == "account.ticket"
    assert code_of(lambda: tickets.take("add", other)) == "account.ticket"
    clock.now_us += VALID_US + 1
    assert code_of(lambda: tickets.take("sign-in", other)) == "account.ticket"


def test_another_replica_takes_the_ticket_too(accounts: Accounts, clock: Clock) -> None:
    ticket = Tickets(KEY, accounts, clock).issue("sign-in")
    assert Tickets(KEY, accounts, clock).take("sign-in", ticket) == {}


# Single sign-on, against a real provider on loopback


by_sign_on = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    import oidc_provider_mock  # noqa: PLC0415 - a server that only these tests need

    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


BACK = "http://localhost:8443/console/oidc/back"


def sign_on(issuer: str, **changes: str) -> SingleSignOn:
    fields = {"issuer": issuer, "client_id": "gardefou", "client_secret": "s3cret-of-a-test"}
    return SingleSignOn(Provider(**{**fields, "claim": "sub", **changes}), BACK)


def person_agrees(url: str, name: str) -> dict[str, str]:
    """What the provider sends back once a person has signed in there."""
    answer = httpx.post(url, data={"sub": name}, trust_env=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {key: values[0] for key, values in query.items()}


@by_sign_on
def test_a_person_signs_in_at_a_real_provider(issuer: str) -> None:
    async def run() -> str:
        sso = sign_on(issuer)
        begun = await sso.begin()
        asked = parse_qs(urlsplit(begun.url).query)
        assert asked["code_challenge_method"] == ["S256"]
        back = await asyncio.to_thread(person_agrees, begun.url, "alice")
        return await sso.finish(begun, state=back["state"], code=back["code"])

    assert asyncio.run(run()) == "alice"


@by_sign_on
def test_an_answer_to_another_sign_in_is_refused(issuer: str) -> None:
    async def run() -> None:
        sso = sign_on(issuer)
        one, two = await sso.begin(), await sso.begin()
        back = await asyncio.to_thread(person_agrees, one.url, "alice")
        for begun, state, code in (
            (two, back["state"], back["code"]),  # another state
            (two, two.state, back["code"]),  # another verifier and nonce
            (one, one.state, "made-up"),
        ):
            with pytest.raises(InputError) as caught:
                await sso.finish(begun, state=state, code=code)
            assert caught.value.code == "oidc.answer"

    asyncio.run(run())


@by_sign_on
def test_a_provider_that_is_not_there_or_is_another_one_is_named(issuer: str) -> None:
    async def run() -> None:
        for where in ("http://127.0.0.1:9", f"{issuer}/elsewhere", f"{issuer}/"):
            with pytest.raises(InputError) as caught:
                await sign_on(where).begin()
            assert caught.value.code == "oidc.provider"

    asyncio.run(run())


@by_sign_on
def test_a_claim_that_names_nobody_is_refused(issuer: str) -> None:
    async def run() -> None:
        sso = sign_on(issuer, claim="nickname")
        begun = await sso.begin()
        back = await asyncio.to_thread(person_agrees, begun.url, "alice")
        with pytest.raises(InputError) as caught:
            await sso.finish(begun, state=back["state"], code=back["code"])
        assert caught.value.code == "oidc.answer"

    asyncio.run(run())
