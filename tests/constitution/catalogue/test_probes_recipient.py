"""Recipient probes (concepts 4.5): only @corp.example is inside, whatever the text looks like.

Law 2: a text without one reading is refused; no probe is a party inside the organisation.
"""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue import Parameter, Tool, ingest
from gardefou.constitution.catalogue.types import Party
from gardefou.errors import InputError

SEND = Tool(
    name="send",
    schema={"type": "object", "properties": {"to": {}, "body": {"type": "string"}}},
    parameters={
        "to": Parameter(role="recipients", type="party"),
        "body": Parameter(role="content", type="text"),
    },
)
OWN = ("corp.example",)


def parties(to: Any) -> list[Party]:
    found = ingest(SEND, {"to": to}, organisation_domains=OWN).roles["recipients"]
    assert all(isinstance(party, Party) for party in found)
    return found


def outcome(to: str) -> str:
    """What becomes of one recipient: the code of the refusal, or where it stands."""
    try:
        (party,) = parties(to)
    except InputError as error:
        return error.code
    return f"{'flagged' if party.lookalike else 'plain'}, {'inside' if party.inside else 'outside'}"


REFUSED = [
    # Header injection and hidden characters.
    ("bob@corp.example\nBcc: x@evil.example", "party.invisible"),
    ("bob@corp.example\r\nBcc: x@evil.example", "party.invisible"),
    ("bob@corp.example\u2028x@evil.example", "party.invisible"),
    ("bob@corp.example\x00.evil.example", "party.invisible"),
    ("bob@corp.example\tx@evil.example", "party.invisible"),
    ("bob@corp\u200b.example", "party.invisible"),
    ("\u202ebob@corp.example", "party.invisible"),
    ("bob@corp.example\u00ad", "party.invisible"),
    ("bob@corp.example\U000e0041", "party.invisible"),
    # Display names.
    ('"bob@corp.example" <x@evil.example>', "party.display_name"),
    ('"x@evil.example" <bob@corp.example>', "party.display_name"),
    ("x@evil.example <bob@corp.example>", "party.address"),
    ("bob@corp.example <x@evil.example>", "party.address"),
    ("Bob <bob@corp.example> <x@evil.example>", "party.address"),
    ("Bob <bob@corp.example>x@evil.example", "party.address"),
    ("<bob@corp.example> x@evil.example", "party.address"),
    ("Bob <bob@corp.example", "party.address"),
    ("Bob bob@corp.example>", "party.address"),
    ("Bob <<bob@corp.example>>", "party.address"),
    ("Bob <bob@corp.example, x@evil.example>", "party.address"),
    ('"Bob <bob@corp.example>', "party.address"),
    ('Bob \\" <bob@corp.example>', "party.address"),
    # Comments, groups, routes, encoded words, literals.
    ("bob@corp.example (x@evil.example)", "party.address"),
    ("bob(comment)@corp.example", "party.address"),
    ("x@evil.example (@corp.example)", "party.address"),
    ("x@(corp.example)evil.example", "party.host"),
    ("friends: x@evil.example, bob@corp.example;", "party.address"),
    ("friends:x@evil.example;", "party.address"),
    ("<@evil.example:bob@corp.example>", "party.address"),
    ("<@evil.example,@b.example:bob@corp.example>", "party.address"),
    ("=?utf-8?q?bob?= <x@evil.example>", "party.address"),
    ("=?utf-8?q?x=40evil.example?= <bob@corp.example>", "party.address"),
    ("=?utf-8?q?x=40evil.example=2C?=bob@corp.example", "party.address"),
    ("bob@[192.0.2.1]", "party.host"),
    ("bob@192.0.2.1", "party.address"),
    ("bob@[IPv6:2001:db8::1]", "party.host"),
    # Local parts that route.
    ("x%evil.example@corp.example", "party.address"),
    ("evil.example!x@corp.example", "party.address"),
    ('"x@evil.example"@corp.example', "party.address"),
    ('"bob"@corp.example', "party.address"),
    ('"bob@corp.example"@evil.example', "party.address"),
    ("x@evil.example@corp.example", "party.address"),
    ("bob@corp.example@evil.example", "party.address"),
    ("bob\\@evil.example@corp.example", "party.address"),
    ("|/bin/sh@corp.example", "party.address"),
    ("evil.example/x@corp.example", "party.address"),
    ("evil.example?x@corp.example", "party.address"),
    ("evil.example#x@corp.example", "party.address"),
    ("sip:bob@corp.example", "party.address"),
    ("'bob@corp.example'", "party.host"),
    ("bob..x@corp.example", "party.address"),
    (".bob@corp.example", "party.address"),
    ("bob.@corp.example", "party.address"),
    ("@corp.example,", "party.address"),
    ("bob@", "party.host"),
    ("bob @corp.example", "party.address"),
    ("bob@ corp.example", "party.host"),
    ("bob@corp.example evil.example", "party.host"),
    ("x@evil.example bob@corp.example", "party.address"),
    ("a" * 65 + "@corp.example", "party.address"),
    # Hosts without one reading.
    ("bob@corp.example..", "party.host"),
    ("bob@.corp.example", "party.host"),
    ("bob@corp..example", "party.host"),
    ("bob@-corp.example", "party.host"),
    ("bob@corp.example/x", "party.host"),
    ("bob@corp.example#x", "party.host"),
    ("bob@corp.example?x", "party.host"),
    ("bob@corp.example:25", "party.host"),
    ("bob@corp.example%2eevil.example", "party.host"),
    ("bob@corp\u3002example", "party.host"),
    ("bob@ｃｏｒｐ.example", "party.host"),
    ("bob@corp.ex\u2024ample", "party.host"),
    ("bob@xn--\u0441orp.example", "party.host"),
    ("bob\uff20corp.example", "party.address"),
    ("bob\ufe6bcorp.example", "party.address"),
    # Lists with holes.
    ("bob@corp.example,,x@evil.example", "party.address"),
    (",bob@corp.example", "party.address"),
    ("bob@corp.example, Bob", "party.address"),
    ("bob@corp.example,x", "party.address"),
    # mailto and kinds.
    ("mailto:bob@corp.example?bcc=x@evil.example", "party.address"),
    ("mailto:bob@corp.example%2Cx@evil.example", "party.address"),
    ({"email": "bob@corp.example", "note": "x@"}, "party.host"),
    (True, "party.type"),
    (1.5, "party.type"),
    ("a@b.example," * 2000, "party.size"),
]

OUTSIDE = [
    # (as sent, every address that a mail program could use)
    ("x@evil.example, bob@corp.example", ["x@evil.example", "bob@corp.example"]),
    ("bob@corp.example; x@evil.example", ["bob@corp.example", "x@evil.example"]),
    ("bob@corp.example,x@evil.example", ["bob@corp.example", "x@evil.example"]),
    (["bob@corp.example, x@evil.example"], ["bob@corp.example", "x@evil.example"]),
    (["bob@corp.example", ["x@evil.example"]], ["bob@corp.example", "x@evil.example"]),
    ("x@evil.example;", ["x@evil.example"]),
    ("bob@corp.example.evil.example", ["bob@corp.example.evil.example"]),
    ("bob@evilcorp.example", ["bob@evilcorp.example"]),
    ("bob@corp.example.", ["bob@corp.example"]),
    ("corp.example@evil.example", ["corp.example@evil.example"]),
    ("bob+corp.example@evil.example", ["bob+corp.example@evil.example"]),
    ("bob@corp-example.test", ["bob@corp-example.test"]),
    ("bob@c0rp.example", ["bob@c0rp.example"]),
    ("bob@\u0441orp.example", ["bob@xn--orp-3ed.example"]),
    ("bob@xn--orp-3ed.example", ["bob@xn--orp-3ed.example"]),
    ("bob@corp.exaмple", ["bob@corp.xn--exaple-kqf"]),
    ("bob@localhost", ["bob@localhost"]),
    ("corp.example", ["corp.example"]),
    ({"name": "Bob", "email": "x@evil.example"}, ["Bob", "x@evil.example"]),
    ([{"address": "bob@corp.example", "id": 5}], ["bob@corp.example"]),
    ("@corp.example", ["@corp.example"]),
    ("bob", ["bob"]),
    ("https://bob:x@corp.example@evil.example", None),
    ("https://corp.example@evil.example/hook", ["https://corp.example@evil.example/hook"]),
    ("https://evil.example/?to=bob@corp.example", ["https://evil.example/?to=bob@corp.example"]),
]

INSIDE = [
    "bob@corp.example",
    "BOB@CORP.EXAMPLE",
    "Bob@Corp.Example",
    "  bob@corp.example  ",
    "Bob <bob@corp.example>",
    '"Bob B." <BOB@corp.example>',
    '"Bob, head of tests" <bob@corp.example>',
    '"bob@corp.example" <bob@corp.example>',
    "<bob@corp.example>",
    "Jérôme <jerome@corp.example>",
    "bob@corp.example.",
    "bob@mail.corp.example",
    "bob.b+tag@corp.example",
    "o'neil@corp.example",
    "mailto:bob@corp.example",
    "bob@corp.example, carol@corp.example",
    "bob@corp.example; carol@corp.example;",
    ["bob@corp.example", "Carol <carol@corp.example>"],
]


@pytest.mark.parametrize(("to", "code"), REFUSED, ids=lambda v: ascii(v)[:60])
def test_a_recipient_without_one_reading_is_refused_with_its_code(to: Any, code: str) -> None:
    """law 2: nothing is guessed."""
    with pytest.raises(InputError) as refused:
        parties(to)
    assert refused.value.code == code


@pytest.mark.parametrize(("to", "values"), OUTSIDE, ids=lambda v: ascii(v)[:60])
def test_every_address_in_a_text_is_seen(to: Any, values: list[str] | None) -> None:
    """law 2: no address hides behind one of our own."""
    if values is None:
        with pytest.raises(InputError):
            parties(to)
        return
    found = parties(to)
    assert [party.value for party in found] == values
    own = [party.value for party in found if party.inside]
    assert own == [value for value in values if value == "bob@corp.example"]


@pytest.mark.parametrize("to", INSIDE, ids=str)
def test_our_own_people_are_inside(to: Any) -> None:
    """Over-blocking teaches people to switch a guard off."""
    found = parties(to)
    assert found
    assert all(party.inside and party.kind == "email" and not party.lookalike for party in found)


@pytest.mark.parametrize(
    "to",
    [
        "bob@c0rp.example",
        "bob@\u0441orp.example",
        "bob@\u0441\u043e\u0433\u0440.example",
        "bob@corp.example.".replace("corp", "\u03f2orp"),
        "bob@exa\u043cple.test",
        "bob@mail.c0rp.example",
        "bob@xn--orp-3ed.example",
    ],
    ids=ascii,
)
def test_a_lookalike_domain_is_flagged_or_refused(to: str) -> None:
    assert outcome(to) in {"party.host", "flagged, outside"}


@pytest.mark.parametrize(
    ("to", "kind", "value", "checked"),
    [
        ("GB29 NWBK 6016 1331 9268 19", "iban", "GB29NWBK60161331926819", True),
        ("gb29nwbk60161331926819", "iban", "GB29NWBK60161331926819", True),
        ("GB29NWBK60161331926818", "name", "GB29NWBK60161331926818", False),
        ("GB29NWBK6016133192681", "name", "GB29NWBK6016133192681", False),
        ("DE89370400440532013000", "iban", "DE89370400440532013000", True),
        ("+33 6 12 34 56 78", "phone", "+33612345678", True),
        ("06 12 34 56 78", "phone", "0612345678", False),
        ("(020) 7946 0000", "phone", "02079460000", False),
        ("12345678", "name", "12345678", False),
        (12345678, "name", "12345678", False),
        ("@Bob", "handle", "@bob", False),
        ("#general", "handle", "#general", False),
        ("Bob  B.", "name", "Bob B.", False),
        ("https://Hooks.Example/a/../b", "url", "https://hooks.example/b", True),
    ],
)
def test_other_receivers_have_their_kind(to: Any, kind: str, value: str, checked: bool) -> None:
    (party,) = parties(to)
    assert (party.kind, party.value, party.checked) == (kind, value, checked)
    assert not party.inside


def test_a_web_hook_of_our_own_is_inside() -> None:
    (party,) = parties("https://hooks.corp.example/x")
    assert party.inside
    assert (party.domain, party.site) == ("hooks.corp.example", "corp.example")


@pytest.mark.parametrize("to", ["", "  ", None, []])
def test_an_empty_receiver_is_no_receiver(to: Any) -> None:
    assert parties(to) == []


def test_cc_is_a_receiver_too() -> None:
    tool = Tool(
        name="send",
        parameters={
            "to": Parameter(role="recipients", type="party"),
            "cc": Parameter(role="recipients", type="party"),
        },
    )
    sent = {"to": "bob@corp.example", "cc": ["x@evil.example"]}
    found = ingest(tool, sent, organisation_domains=OWN).roles["recipients"]
    assert [party.inside for party in found] == [True, False]
