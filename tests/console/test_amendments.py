"""Amendments signed by passkeys: on the console, and checked again from the ledger alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from gardefou.amendments import (
    Charter,
    Proved,
    Rank,
    activate,
    begin,
    check,
    draft,
    draft_challenge,
    load_charter,
    parse_passkey,
    read_chain,
    sign,
    version_of,
)
from gardefou.constitution import ARTICLE_KINDS, load
from gardefou.decide import Guard
from gardefou.errors import GardefouError, InputError, UsageError
from gardefou.ledger import Ledger

from .authenticator import PRESENT, Authenticator
from .browser import CHROMIUM, WHY_NOT, Installation, browser, installed
from .conftest import Office
from .test_browser import enrol

BUTTON = "Sign this draft"


def line_of(reader: TestClient) -> str:
    """The line for a charter, from the page of people."""
    text = reader.get("/console/people").text
    return text.split("<pre>passkey+", 1)[1].split("</pre>", 1)[0].join(("passkey+", ""))


def new_guard(office: Office) -> Guard:
    policy = office.service.policies.common
    text = policy.layers[0].text.replace("1000.00 EUR", "500.00 EUR")
    return Guard(load(text, catalogue=policy.catalogue), policy.catalogue)


class Begun:
    """A chain whose charter names dora's passkey twice over: of one console, and of her device."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.dora, self.erik = office.person("dora"), office.person("erik")
        self.line = line_of(self.dora)
        ranks = {kind: Rank("issuer", 1) for kind in ARTICLE_KINDS}
        self.old, self.new = office.service.policies.common.guard, new_guard(office)
        begin(self.ledger, Charter(1, {"issuer": (self.line,)}, ranks), version_of(self.old))
        self.draft = self.drafted(0)

    @property
    def ledger(self) -> Ledger:
        return self.office.console.desk.ledger

    def drafted(self, from_us: int, not_analysed: tuple[str, ...] = ()) -> str:
        """A draft with a certificate as the solver writes it; the proof itself has its own tests."""
        old, new = version_of(self.old), version_of(self.new)
        certificate = {
            "result": "proved",
            "old_constitution": old.constitution,
            "old_catalogue": old.catalogue,
            "new_constitution": new.constitution,
            "new_catalogue": new.catalogue,
        }
        difference = {"articles": {}, "changes": [], "not_analysed": not_analysed}
        proved = Proved(verdict="proved", certificate=certificate, difference=difference)
        return draft(self.ledger, self.old, self.new, proved=proved, from_us=from_us).digest()

    def post(self, reader: TestClient, evidence: bytes, name: str = "") -> Any:
        data = {"draft": name or self.draft, "evidence": evidence.decode()}
        return reader.post("/console/amendments/sign", data=data)

    def signed(self) -> frozenset[str]:
        with self.ledger.store.reading() as session:
            chain = read_chain(session)
        assert chain is not None
        return chain.drafts[self.draft].signed


@pytest.fixture
def begun(office: Office) -> Begun:
    return Begun(office)


def test_a_passkey_of_the_charter_signs_a_draft_and_the_ledger_alone_says_so(begun: Begun) -> None:
    """Law 8: enough signatures put the draft in force; whoever is not in the charter has no word."""
    assert BUTTON in begun.dora.get("/console/amendments").text
    assert BUTTON not in begun.erik.get("/console/amendments").text
    evidence = begun.office.devices["dora"].sign(draft_challenge(begun.draft))
    answer = begun.post(begun.dora, evidence)
    assert answer.status_code == 200, answer.text
    assert "It can be activated." in answer.text
    assert BUTTON not in answer.text
    assert begun.signed() == {begun.line}
    activate(begun.ledger, begun.draft)
    with begun.ledger.store.reading() as session:
        check(session, version_of(begun.new), begun.ledger.now())


def test_the_page_names_what_is_not_analysed(begun: Begun) -> None:
    """Law 10: whoever signs sees what the difference does not speak of."""
    named = "rule 1 of `names`: it holds a list of a value that is chosen by `? :`"
    assert named not in begun.dora.get("/console/amendments").text
    begun.drafted(1, not_analysed=(named,))
    assert named in begun.dora.get("/console/amendments").text


def test_a_signature_counts_once(begun: Begun) -> None:
    device = begun.office.devices["dora"]
    begun.post(begun.dora, device.sign(draft_challenge(begun.draft)))
    again = device.sign(draft_challenge(begun.draft))
    answer = begun.post(begun.dora, again)
    assert answer.status_code == 403
    assert "amendment.signed" in answer.text


def test_what_was_made_on_the_console_can_be_handed_in_elsewhere(begun: Begun) -> None:
    """An assertion is a signature of its own: `gardefou amend sign --note` takes it too."""
    evidence = begun.office.devices["dora"].sign(draft_challenge(begun.draft)).decode()
    assert sign(begun.ledger, begun.draft, evidence) == begun.line


def tampered(evidence: bytes) -> bytes:
    value = msgspec.json.decode(evidence)
    text = value["response"]["authenticatorData"]
    value["response"]["authenticatorData"] = text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB")
    return msgspec.json.encode(value)


def wrong_assertions(begun: Begun) -> Iterator[tuple[str, bytes]]:
    device = begun.office.devices["dora"]
    other = begun.drafted(7)
    challenge = draft_challenge(begun.draft)
    yield "another draft", device.sign(draft_challenge(other))
    yield "a vote's challenge", device.sign(b"v" * 32)
    yield "nobody touched or looked", device.sign(challenge, flags=0)
    yield "present and not verified", device.sign(challenge, flags=PRESENT)
    yield "changed after it was signed", tampered(device.sign(challenge))
    yield "another device", begun.office.devices["erik"].sign(challenge)
    elsewhere = Authenticator("https://evil.example", "evil.example")
    elsewhere.key, elsewhere.id, elsewhere.count = device.key, device.id, device.count + 100
    yield "another site", elsewhere.sign(challenge)
    yield "no assertion", b"{}"


def test_no_other_assertion_is_a_signature(begun: Begun) -> None:
    """Law 8: refused at the console, and by the procedure itself."""
    for what, evidence in wrong_assertions(begun):
        assert begun.post(begun.dora, evidence).status_code == 403, what
        with pytest.raises(GardefouError) as caught:
            sign(begun.ledger, begun.draft, evidence.decode())
        assert caught.value.code == "amendment.signature", what
    assert begun.signed() == frozenset()


def test_a_person_signs_with_nobody_elses_passkey(begun: Begun) -> None:
    evidence = begun.office.devices["dora"].sign(draft_challenge(begun.draft))
    answer = begun.post(begun.erik, evidence)
    assert answer.status_code == 403
    assert "somebody else" in answer.text
    assert begun.signed() == frozenset()


def test_a_charter_names_passkeys_and_says_what_is_wrong_with_one(begun: Begun) -> None:
    ranks = "".join(f"  {kind}: {{signers: issuer, count: 1}}\n" for kind in ARTICLE_KINDS)
    start, end = "charter: 1\nsigners:\n  issuer: ['", "']\nchanges:\n" + ranks
    assert load_charter(start + begun.line + end).passkeys == (parse_passkey(begun.line),)
    for bad, why in (
        ("passkey+https://gardefou.example+dora", "not `passkey+ORIGIN+NAME+KEY`"),
        ("passkey+gardefou.example+dora+AAAA", "not a scheme"),
        ("passkey+https://gardefou.example+dora+!!!!", "not base64url"),
        ("passkey+https://gardefou.example+dora+AAAA", "no public key"),
    ):
        with pytest.raises(InputError, match=re.escape(why)) as caught:
            load_charter(start + bad + end)
        assert caught.value.code == "charter.form"


def test_without_the_extra_a_passkey_is_no_signer(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = begun.office.devices["dora"].sign(draft_challenge(begun.draft)).decode()
    monkeypatch.setitem(sys.modules, "webauthn", None)
    with pytest.raises(UsageError) as caught:
        sign(begun.ledger, begun.draft, evidence)
    assert caught.value.code == "amendment.passkeys"


def drafted_in(page: Any, installation: Installation) -> str:
    """A charter with the passkey of whoever is signed in, and a draft under it; its digest."""
    page.goto(f"{installation.url}/console/people")
    page.get_by_text("Its line for a charter").click()
    line = page.locator("pre", has_text="passkey+").inner_text()
    ranks = "".join(f"  {kind}: {{signers: issuer, count: 1}}\n" for kind in ARTICLE_KINDS)
    charter = f"charter: 1\nsigners:\n  issuer: ['{line}']\nchanges:\n{ranks}"
    folder, law = installation.folder, installation.constitution
    (folder / "charter.yaml").write_text(charter, encoding="utf-8")
    text = law.read_text(encoding="utf-8").replace("1000.00 EUR", "500.00 EUR")
    (folder / "new.md").write_text(text, encoding="utf-8")
    labels = ("--catalogue", str(installation.catalogue))
    installation.run("amend", "begin", "ledger.db", "charter.yaml", str(law), *labels)
    return installation.run("amend", "draft", "ledger.db", str(law), "new.md", *labels).strip()


@pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT)
@pytest.mark.xdist_group("browser")
def test_a_person_signs_a_draft_in_a_real_browser(tmp_path: Path) -> None:
    """The whole way: a passkey, a charter, a proof, a signature, in force."""
    pytest.importorskip("z3", reason="the extra `analysis` is not installed")
    with installed(tmp_path) as installation, browser() as page:
        enrol(page, installation, "dora")
        made = drafted_in(page, installation)
        page.goto(f"{installation.url}/console/amendments")
        page.get_by_role("button", name=BUTTON).click()
        page.wait_for_selector("text=It can be activated.")
        assert "in force" in installation.run("amend", "activate", "ledger.db", made)
        assert "versions  2" in installation.run("amend", "show", "ledger.db")
        # The old text is still on disk: a gateway that starts loads nothing but what was signed.
        installation.stop()
        with pytest.raises(AssertionError, match="not_in_force"):
            installation.start()
        settings = tmp_path / "gardefou.toml"
        text = settings.read_text(encoding="utf-8").replace(
            str(installation.constitution), "new.md"
        )
        settings.write_text(text, encoding="utf-8")
        installation.start()
