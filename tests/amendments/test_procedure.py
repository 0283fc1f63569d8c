"""Amendments: proved, signed, cooled off, in order; and a chain that anybody can check again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from gardefou.amendments import (
    Charter,
    Proved,
    Rank,
    activate,
    begin,
    check,
    draft,
    kinds_of,
    load_charter,
    read_chain,
    sign,
    signature,
    version_of,
)
from gardefou.analysis import difference, prove
from gardefou.constitution import load
from gardefou.constitution.catalogue import load_catalogue
from gardefou.decide import Guard
from gardefou.errors import GardefouError, InputError, VerificationError
from gardefou.ledger import Ledger, SigningKey, create_ledger, make_key, open_ledger

pytest.importorskip("z3", reason="the extra `analysis` is not installed")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LAW = (EXAMPLES / "ministry.md").read_text(encoding="utf-8")
LABELS = (EXAMPLES / "catalogue.yaml").read_text(encoding="utf-8")
DAY_US = 86_400_000_000
ROOT, ANNA, BEN, STRANGER = (
    make_key(f"{name}.example/key", seeds=(name.encode().ljust(32, b"."),))
    for name in ("root", "anna", "ben", "stranger")
)


def vkey(key: SigningKey) -> str:
    return key.verifiers[0].vkey


CHARTER = Charter(
    1,
    {"issuer": (vkey(ROOT),), "operator": (vkey(ANNA), vkey(BEN))},
    {
        "red_line": Rank("issuer", 1, "7d"),
        "entrenched": Rank("issuer", 1, "3d"),
        "default": Rank("operator", 2, "1d"),
        "guideline": Rank("operator", 1),
    },
)


def guard(text: str = LAW, labels: str = LABELS) -> Guard:
    known = load_catalogue(labels)
    return Guard(load(text, catalogue=known), known)


OLD = guard()
# A default that becomes stricter, a default that becomes looser, a red line that becomes weaker.
STRICTER = guard(LAW.replace('over("1000.00 EUR")', 'over("500.00 EUR")'))
LOOSER = guard(LAW.replace('over("1000.00 EUR")', 'over("2000.00 EUR")'))
WEAKER = guard(LAW.replace("args.persons.size() > 20", "args.persons.size() > 20000"))


class Clock:
    now_us = 1_780_000_000_000_000

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    key = make_key("ledger.example/amend", seeds=(b"l" * 32,))
    location = str(tmp_path / "ledger.db")
    create_ledger(location, key, clock=clock)
    with open_ledger(location, key, clock=clock) as opened:
        begin(opened, CHARTER, version_of(OLD))
        yield opened


def drafted(ledger: Ledger, new: Guard, old: Guard = OLD, **more: int) -> str:
    proved = Proved.of(prove(old, new).to_json(), difference(old, new).to_json())
    made = draft(ledger, old, new, proved=proved, **more)
    return made.digest()


def signed(ledger: Ledger, name: str, *keys: SigningKey) -> None:
    for key in keys:
        assert sign(ledger, name, signature(key, name, now_s=1)) == vkey(key)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(GardefouError) as caught:
        call()
    return caught.value.code


def amendments(ledger: Ledger) -> list[dict[str, object]]:
    from gardefou.ledger import decode_entry  # noqa: PLC0415 - used here alone

    with ledger.store.reading() as session:
        rows = session.rows(0, session.head().size)
        entries = [decode_entry(row.body, row.seq) for row in rows]
    return [entry.data for entry in entries if entry.kind == "amendment"]


def test_the_examples_change_what_they_say() -> None:
    assert kinds_of(OLD, STRICTER) == ("default",)
    assert WEAKER.constitution_digest != OLD.constitution_digest
    assert kinds_of(OLD, WEAKER) == ("red_line",)


def test_a_change_of_what_everything_rests_on_touches_every_kind() -> None:
    """Relabelling a tool is an amendment, and so is another set, role or `unlisted`."""
    relabelled = guard(labels=LABELS.replace("effects: [pays]", "effects: [reads_outside]"))
    everything = kinds_of(OLD, relabelled)
    assert {"red_line", "default"} <= set(everything)
    assert kinds_of(OLD, guard(LAW.replace("unlisted: hold", "unlisted: deny"))) == everything
    assert kinds_of(OLD, OLD) == ()


@pytest.mark.parametrize("new", [STRICTER, LOOSER], ids=["stricter", "looser"])
def test_a_default_is_amended_by_two_signatures_after_a_day(
    ledger: Ledger, clock: Clock, new: Guard
) -> None:
    """Law 8: what keeps the red lines can be changed by those who may."""
    name = drafted(ledger, new)
    signed(ledger, name, ANNA, BEN)
    assert code_of(lambda: activate(ledger, name)) == "amendment.not_due"
    clock.now_us += DAY_US
    assert activate(ledger, name) == version_of(new)
    with ledger.store.reading() as session:
        check(session, version_of(new), clock.now_us)
        with pytest.raises(VerificationError) as caught:
            check(session, version_of(OLD), clock.now_us)
    assert caught.value.code == "amendment.not_in_force"


def test_a_weaker_red_line_is_refused_and_the_attempt_is_recorded(ledger: Ledger) -> None:
    """Law 8: nobody's signature helps where there is no proof; the counterexample is kept."""
    assert code_of(lambda: drafted(ledger, WEAKER)) == "amendment.not_proved"
    refused = amendments(ledger)[-1]
    assert refused["amendment"] == "refused"
    assert refused["codes"]
    from gardefou.ledger import stored_document  # noqa: PLC0415 - used here alone

    with ledger.store.reading() as session:
        findings = msgspec.json.decode(stored_document(session, str(refused["findings"])) or b"")
        chain = read_chain(session)
    assert any(finding["case"] for finding in findings)
    assert chain is not None
    assert chain.drafts == {}


def test_too_few_or_the_wrong_signatures_activate_nothing(ledger: Ledger, clock: Clock) -> None:
    name = drafted(ledger, STRICTER)
    clock.now_us += 30 * DAY_US
    assert code_of(lambda: activate(ledger, name)) == "amendment.not_due"
    signed(ledger, name, ANNA)
    assert code_of(lambda: activate(ledger, name)) == "amendment.not_due"
    signed(ledger, name, ROOT)  # of the charter, but not of the operator
    assert code_of(lambda: activate(ledger, name)) == "amendment.not_due"
    assert code_of(lambda: signed(ledger, name, ANNA)) == "amendment.signed"
    assert code_of(lambda: signed(ledger, name, STRANGER)) == "note.unknown_key"
    other = drafted(ledger, LOOSER)
    foreign = signature(BEN, other, now_s=1)
    assert code_of(lambda: sign(ledger, name, foreign)) == "amendment.signature"
    signed(ledger, name, BEN)
    activate(ledger, name)


def test_a_version_takes_effect_at_its_moment(ledger: Ledger, clock: Clock) -> None:
    later = clock.now_us + 10 * DAY_US
    name = drafted(ledger, STRICTER, from_us=later)
    signed(ledger, name, ANNA, BEN)
    clock.now_us += 2 * DAY_US
    activate(ledger, name)
    with ledger.store.reading() as session:
        chain = read_chain(session)
    assert chain is not None
    assert chain.in_force(later - 1) == version_of(OLD)
    assert chain.in_force(later) == version_of(STRICTER)


def test_a_draft_against_another_version_is_refused(ledger: Ledger, clock: Clock) -> None:
    name, rival = drafted(ledger, STRICTER), drafted(ledger, LOOSER)
    for each in (name, rival):
        signed(ledger, each, ANNA, BEN)
    clock.now_us += DAY_US
    activate(ledger, name)
    assert code_of(lambda: activate(ledger, rival)) == "amendment.not_due"
    assert code_of(lambda: drafted(ledger, LOOSER)) == "amendment.other_version"
    assert code_of(lambda: drafted(ledger, STRICTER, STRICTER)) == "amendment.none"


def test_steps_out_of_order_are_named(ledger: Ledger, tmp_path: Path) -> None:
    assert code_of(lambda: begin(ledger, CHARTER, version_of(OLD))) == "amendment.begun"
    assert code_of(lambda: activate(ledger, "sha256:0")) == "amendment.no_draft"
    assert code_of(lambda: sign(ledger, "sha256:0", "")) == "amendment.no_draft"
    assert code_of(lambda: activate(ledger, "sha256:0", tenant="x")) == "amendment.no_charter"


@pytest.mark.parametrize(
    "forged",
    [
        {"amendment": "activated", "draft": "DRAFT", "from_us": 0},
        {"amendment": "activated", "draft": "sha256:0", "from_us": 0},
        {"amendment": "signature", "draft": "sha256:0", "signature": ""},
        {"amendment": "draft", "draft": "sha256:0", "kinds": []},
        {"amendment": "charter", "charter": "sha256:0", "constitution": "", "catalogue": ""},
    ],
    ids=["not due", "no such draft", "of no draft", "no document", "a second charter"],
)
def test_whoever_writes_into_the_ledger_past_the_procedure_breaks_the_chain(
    ledger: Ledger, clock: Clock, forged: dict[str, object]
) -> None:
    """Rule 3: a reading checks everything again, so an entry alone changes nothing."""
    name = drafted(ledger, STRICTER)
    text = msgspec.json.encode({**forged, "tenant": ""}).replace(b"DRAFT", name.encode())
    ledger.append("amendment", msgspec.json.decode(text))
    clock.now_us += DAY_US
    with ledger.store.reading() as session, pytest.raises(VerificationError):
        check(session, version_of(OLD), clock.now_us)


def test_a_document_that_was_exchanged_breaks_the_chain(ledger: Ledger) -> None:
    name = drafted(ledger, STRICTER)
    with ledger.store.reading() as session:
        step = read_chain(session).drafts[name]  # type: ignore[union-attr]
    other = msgspec.structs.replace(step.amendment, kinds=())
    with pytest.raises(GardefouError):
        ledger.writer.task(
            lambda session: session.run(
                "UPDATE document SET body = ? WHERE digest = ?",
                (msgspec.json.encode(other), name),
            )
        )


def test_without_a_charter_everything_loads(tmp_path: Path, clock: Clock) -> None:
    key = make_key("ledger.example/none", seeds=(b"n" * 32,))
    location = str(tmp_path / "none.db")
    create_ledger(location, key, clock=clock)
    with open_ledger(location, key, clock=clock) as opened, opened.store.reading() as session:
        assert read_chain(session) is None
        check(session, version_of(OLD), clock.now_us)


GOOD = f"""
charter: 1
signers: {{issuer: ["{vkey(ROOT)}"], operator: ["{vkey(ANNA)}", "{vkey(BEN)}"]}}
changes:
  red_line: {{signers: issuer, count: 1, cooling_off: 7d}}
  entrenched: {{signers: issuer, count: 1, cooling_off: 3d}}
  default: {{signers: operator, count: 2, cooling_off: 1d}}
  guideline: {{signers: operator, count: 1}}
"""


def test_a_charter_is_read_as_it_is_written() -> None:
    assert load_charter(GOOD) == CHARTER


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("charter: 1", "charter: 2"),
        ("count: 2", "count: 3"),
        ("count: 2", "count: 0"),
        ("signers: operator, count: 1", "signers: nobody, count: 1"),
        ("cooling_off: 7d", "cooling_off: a week"),
        (vkey(ROOT), "root"),
        (vkey(ANNA), vkey(BEN)),
        ("  guideline:", "  guidelines:"),
        ("charter: 1", "charter: 1\nother: 1"),
        ("charter: 1", "charter: ["),
    ],
)
def test_a_charter_with_a_mistake_is_refused(found: str, put: str) -> None:
    assert found in GOOD
    with pytest.raises(InputError) as caught:
        load_charter(GOOD.replace(found, put))
    assert caught.value.code == "charter.form"
