"""Amount probes (concepts 4.5): each ends in one typed amount or in an InputError with its code.

Law 2: a value that has no single reading is never silent.
"""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue import Ingested, Parameter, Tool, ingest
from gardefou.errors import InputError, Unevaluable

# The schema says nothing about the amount's type, so that every probe reaches the domain type.
PAY = Tool(
    name="pay",
    schema={"type": "object", "properties": {"amount": {}, "note": {}}},
    effects=("pays",),
    parameters={"amount": Parameter(role="amount", type="money")},
)
STRICT = Tool(
    name="pay",
    schema={"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]},
    effects=("pays",),
    parameters={"amount": Parameter(role="amount", type="money")},
)


def pay(amount: Any, tool: Tool = PAY) -> Ingested:
    return ingest(tool, {"amount": amount}, currency="EUR")


def outcome(amount: Any) -> str:
    """What becomes of an amount under a limit of a thousand."""
    try:
        value = pay(amount).roles.get("amount")
    except InputError as error:
        return "refused" if error.code and error.message else "refused without a word"
    if value is None:
        return "absent"
    return "over the limit" if value.over("1000.00 EUR") else "under the limit"


REFUSED = [
    # The twelve of the study, and its minus sign.
    ("5,000", "money.ambiguous"),
    ("5e3", "money.form"),
    ("05000", "money.form"),
    (float("nan"), "json.not_finite"),
    (float("inf"), "json.not_finite"),
    ([5000], None),
    ({"value": 5000}, "money.type"),
    ("0x1388", "money.form"),
    ("٥٠٠٠", "money.form"),
    (-5000, "ingress.amount_sign"),
    # Sign.
    ("-5000", "ingress.amount_sign"),
    ("\u22125000", "ingress.amount_sign"),
    ("(5000)", "ingress.amount_sign"),
    ("- 5000", "ingress.amount_sign"),
    ("5000-", "money.currency"),
    ("+5000", "money.form"),
    (-0.01, "ingress.amount_sign"),
    (float("-inf"), "json.not_finite"),
    # Digits that are not ours.
    ("５０００", "money.form"),
    ("५०००", "money.form"),
    ("５000", "money.currency"),
    ("5000²", "money.currency"),
    ("½", "money.form"),
    ("Ⅴ", "money.form"),
    # Separators.
    ("5.000", "money.ambiguous"),
    ("50,000", "money.ambiguous"),
    ("500,000", "money.ambiguous"),
    ("1,2345", "money.precision"),
    ("1,23,456", "money.form"),
    ("12,34,567.00", "money.form"),
    ("1.234.56", "money.ambiguous"),
    ("1,234,567,89", "money.ambiguous"),
    ("1 234.567,00", "money.form"),
    ("5 0 0 0", "money.form"),
    ("50 00", "money.form"),
    ("5_000", "money.form"),
    ("5;000", "money.form"),
    ("5:000", "money.form"),
    ("5'00", "money.form"),
    ("5\u066c000", "money.form"),
    ("5\u2003000", "money.form"),
    # Exponents and programs' forms.
    ("5E3", "money.form"),
    ("5e+3", "money.form"),
    ("0b1010", "money.form"),
    ("0o17", "money.form"),
    ("5000f", "money.currency"),
    ("5000n", "money.currency"),
    ("5*1000", "money.form"),
    ("5000%", "money.currency"),
    ("5k", "money.currency"),
    ("5 thousand", "money.currency"),
    ("NaN", "money.form"),
    ("Infinity", "money.form"),
    ("null", "money.form"),
    ("none", "money.form"),
    ("", "money.form"),
    (" ", "money.form"),
    ("five", "money.form"),
    # Points without digits.
    (".5", "money.form"),
    ("5.", "money.form"),
    ("..5", "money.form"),
    ("00", "money.form"),
    ("00.50", "money.form"),
    # Hidden characters.
    ("50\u200b00", "money.form"),
    ("5000\u202e", "money.currency"),
    ("5000\n", "money.currency"),
    ("5000\x00", "money.currency"),
    ("5000\t", "money.currency"),
    # Too exact, too long.
    (0.1 + 0.2, "money.precision"),
    (10.005, "money.precision"),
    ("10.005", "money.ambiguous"),
    ("1000.001", "money.precision"),
    (1e300, "money.precision"),
    (2.0**70, "money.precision"),
    (10**18, "money.range"),
    ("9" * 18, "money.range"),
    ("9" * 40, "money.form"),
    ("9" * 5000, "money.form"),
    ("1" + " 000" * 40, "money.form"),
    # Currencies.
    ("$5000", "money.currency"),
    ("5000 $", "money.currency"),
    ("kr 5000", "money.currency"),
    ("5000 XXX", "money.currency"),
    ("5000 BTC", "money.currency"),
    ("5000 ЕUR", "money.currency"),
    ("EUR 5000 EUR", "money.form"),
    ("EUR 5000 USD", "money.form"),
    ("€5000€", "money.form"),
    ("5000 euros", "money.currency"),
    # Kinds.
    (True, "money.type"),
    (False, "money.type"),
    ({}, "money.type"),
    ({"amount": "5", "currency": "EUR"}, "money.type"),
    ([[5000, "5,000"]], "money.ambiguous"),
]

READ = [
    # (as sent, minor units, currency)
    (5000, 500_000, "EUR"),
    ("5000", 500_000, "EUR"),
    (5000.0, 500_000, "EUR"),
    (0, 0, "EUR"),
    (-0.0, 0, "EUR"),
    (0.01, 1, "EUR"),
    (98.7, 9_870, "EUR"),
    (1234.56, 123_456, "EUR"),
    ("0.50", 50, "EUR"),
    ("5000.00", 500_000, "EUR"),
    ("5000.5", 500_050, "EUR"),
    ("1234.5000", 123_450, "EUR"),
    ("12,50", 1_250, "EUR"),
    ("0,500", 50, "EUR"),
    ("5,000.00", 500_000, "EUR"),
    ("5.000,00", 500_000, "EUR"),
    ("1,234,567", 123_456_700, "EUR"),
    ("1.234.567", 123_456_700, "EUR"),
    ("5 000", 500_000, "EUR"),
    ("5\u00a0000", 500_000, "EUR"),
    ("5\u202f000,00", 500_000, "EUR"),
    ("5\u2009000", 500_000, "EUR"),
    ("5'000", 500_000, "EUR"),
    ("5\u2019000.00", 500_000, "EUR"),
    (" 5000 ", 500_000, "EUR"),
    ("1 234,50 €", 123_450, "EUR"),
    ("€5000", 500_000, "EUR"),
    ("5000 EUR", 500_000, "EUR"),
    ("5000eur", 500_000, "EUR"),
    ("5000 USD", 500_000, "USD"),
    ("US$ 5000", 500_000, "USD"),
    ("JPY 5000", 5_000, "JPY"),
    ("5000 KWD", 5_000_000, "KWD"),
    ("5000.125 KWD", 5_000_125, "KWD"),
    ("90000000000000000", 9_000_000_000_000_000_000, "EUR"),
]


@pytest.mark.parametrize(
    ("amount", "code"), [r for r in REFUSED if r[1]], ids=lambda v: ascii(v)[:40]
)
def test_an_amount_without_one_reading_is_refused_with_its_code(amount: Any, code: str) -> None:
    """law 2: nothing is guessed."""
    with pytest.raises(InputError) as refused:
        pay(amount)
    assert refused.value.code == code


@pytest.mark.parametrize(("amount", "minor", "currency"), READ, ids=lambda v: ascii(v)[:40])
def test_an_amount_with_one_reading_is_that_amount(amount: Any, minor: int, currency: str) -> None:
    money = pay(amount).roles["amount"]
    assert (money.minor, money.currency) == (minor, currency)


@pytest.mark.parametrize("amount", [r[0] for r in REFUSED], ids=lambda v: ascii(v)[:40])
def test_no_probe_is_a_silent_small_amount(amount: Any) -> None:
    """law 2: a probe is refused, or is over the limit that it tries to slip under."""
    assert outcome(amount) in {"refused", "over the limit"}


@pytest.mark.parametrize("arguments", [{}, {"amount": None}], ids=["missing", "null"])
def test_a_missing_amount_is_recorded_as_missing(arguments: dict[str, Any]) -> None:
    """law 2: rules on an absent guaranteed role cannot be evaluated, and the caller knows it."""
    ingested = ingest(PAY, arguments, currency="EUR")
    assert ingested.missing == ("amount",)
    assert "amount" not in ingested.roles


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "ingress.missing_argument"),
        ({"amount": None}, "ingress.wrong_type"),
        ({"amount": "5,000"}, "ingress.wrong_type"),
        ({"amount": [5000]}, "ingress.wrong_type"),
        ({"amount": True}, "ingress.wrong_type"),
        ({"amount": {"x": 1}}, "ingress.wrong_type"),
    ],
)
def test_the_schema_is_asked_before_the_domain_type(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        ingest(STRICT, arguments, currency="EUR")
    assert refused.value.code == code


def test_a_list_of_amounts_is_added_up() -> None:
    """A call that moves three amounts moves their sum; none hides behind the first."""
    tool = Tool(
        name="pay_all",
        effects=("pays",),
        parameters={"payments[].amount": Parameter(role="amount", type="money")},
    )
    sent = {"payments": [{"amount": 600}, {"amount": "400.01"}, {"amount": 0}]}
    ingested = ingest(tool, sent, currency="EUR")
    assert ingested.roles["amount"].minor == 100_001
    assert [leaf.path for leaf in ingested.leaves if leaf.role == "amount"] == [
        "payments[0].amount",
        "payments[1].amount",
        "payments[2].amount",
    ]


def test_amounts_in_two_currencies_are_not_added_up() -> None:
    tool = Tool(name="pay_all", parameters={"a": Parameter(role="amount", type="money")})
    with pytest.raises(InputError) as refused:
        ingest(tool, {"a": ["5 EUR", "5 USD"]})
    assert refused.value.code == "money.mixed_currencies"


class TestTheCurrency:
    """What an amount is in: the text, the sibling, the catalogue, the organisation, or unknown."""

    def test_nobody_says_so_nothing_can_be_compared(self) -> None:
        """law 2: an amount in no known currency makes the rule unevaluable."""
        money = ingest(PAY, {"amount": 5}).roles["amount"]
        assert money.currency == "XXX"
        with pytest.raises(Unevaluable) as unevaluable:
            money.over("1000.00 EUR")
        assert unevaluable.value.code == "money.other_currency"

    def test_a_limit_in_another_currency_cannot_be_compared(self) -> None:
        money = ingest(PAY, {"amount": "5 JPY"}, currency="EUR").roles["amount"]
        with pytest.raises(Unevaluable):
            money.at_least("1000.00 EUR")

    @pytest.mark.parametrize("name", ["currency", "currency_code", "Currency", "payment_currency"])
    def test_the_sibling_argument_counts_without_a_label(self, name: str) -> None:
        """A labeller who forgets the currency does not turn dinars into euros."""
        tool = Tool(name="pay", parameters={"amount": Parameter(role="amount", type="money")})
        money = ingest(tool, {"amount": 5, name: "KWD"}, currency="EUR").roles["amount"]
        assert (money.currency, money.minor) == ("KWD", 5_000)

    def test_a_sign_beside_the_amount_counts_when_it_is_one_currencys(self) -> None:
        tool = Tool(name="pay", parameters={"amount": Parameter(role="amount", type="money")})
        assert ingest(tool, {"amount": 5, "currency": "€"}).roles["amount"].currency == "EUR"
        with pytest.raises(InputError) as refused:
            ingest(tool, {"amount": 5, "currency": "$"})
        assert refused.value.code == "money.currency"

    def test_the_currency_inside_an_object_is_the_objects(self) -> None:
        tool = Tool(
            name="pay",
            schema={
                "properties": {
                    "rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}},
                    "currency": {"type": "string"},
                },
                "$defs": {"Row": {"properties": {"amount": {}, "currency": {"default": "JPY"}}}},
            },
            parameters={"rows[].amount": Parameter(role="amount", type="money")},
        )
        sent = {"rows": [{"amount": 5}, {"amount": 6, "currency": "JPY"}], "currency": "USD"}
        money = ingest(tool, sent, currency="EUR").roles["amount"]
        assert (money.minor, money.currency) == (11, "JPY")

    def test_two_siblings_that_might_be_it_leave_it_unknown(self) -> None:
        tool = Tool(name="change", parameters={"amount": Parameter(role="amount", type="money")})
        sent = {"amount": 5, "from_currency": "EUR", "to_currency": "USD"}
        assert ingest(tool, sent, currency="EUR").roles["amount"].currency == "XXX"

    def test_an_optional_sibling_that_is_left_out_leaves_it_unknown(self) -> None:
        """The tool has a currency of its own; our default may not be it."""
        tool = Tool(
            name="pay",
            schema={"type": "object", "properties": {"amount": {}, "currency": {"type": "string"}}},
            parameters={"amount": Parameter(role="amount", type="money")},
        )
        assert ingest(tool, {"amount": 5}, currency="EUR").roles["amount"].currency == "XXX"

    def test_the_default_of_the_schema_counts(self) -> None:
        tool = Tool(
            name="pay",
            schema={
                "type": "object",
                "properties": {"amount": {}, "currency": {"type": "string", "default": "CHF"}},
            },
            parameters={"amount": Parameter(role="amount", type="money")},
        )
        assert ingest(tool, {"amount": 5}, currency="EUR").roles["amount"].currency == "CHF"

    @pytest.mark.parametrize("sibling", ["BTC", "euros", "", 978, "US", "EURO", "ЕUR"])
    def test_a_sibling_that_is_no_currency_is_refused(self, sibling: Any) -> None:
        tool = Tool(name="pay", parameters={"amount": Parameter(role="amount", type="money")})
        with pytest.raises(InputError) as refused:
            ingest(tool, {"amount": 5, "currency": sibling}, currency="EUR")
        assert refused.value.code == "money.currency"

    @pytest.mark.parametrize(
        "sent",
        [{"amount": "5 USD", "currency": "EUR"}, {"amount": 5, "currency": "USD"}],
        ids=["text", "sibling"],
    )
    def test_a_contradiction_is_refused(self, sent: dict[str, Any]) -> None:
        tool = Tool(
            name="pay",
            parameters={"amount": Parameter(role="amount", type="money", currency="EUR")},
        )
        with pytest.raises(InputError) as refused:
            ingest(tool, sent)
        assert refused.value.code == "money.currency_conflict"

    def test_a_sign_of_several_currencies_counts_beside_a_known_one(self) -> None:
        money = ingest(PAY, {"amount": "$5"}, currency="CAD").roles["amount"]
        assert money.currency == "CAD"


def test_a_sum_beyond_the_range_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        pay(["90000000000000000", "90000000000000000"])
    assert refused.value.code == "money.range"


@pytest.mark.parametrize("limit", ["1000", "1,000.00 EUR", "1000.00 eur", "1e3 EUR", "-1 EUR", ""])
def test_a_limit_of_another_form_is_refused(limit: str) -> None:
    with pytest.raises(InputError) as refused:
        pay(5).roles["amount"].over(limit)
    assert refused.value.code == "money.literal"


def test_limits_compare_exactly() -> None:
    money = pay("1000.00").roles["amount"]
    assert not money.over("1000.00 EUR")
    assert money.at_least("1000.00 EUR")
    assert pay("1000.01").roles["amount"].over("1000.00 EUR")
    assert str(money) == "1000.00 EUR"
