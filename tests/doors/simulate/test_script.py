"""Scripts: every mistake is named, the first answer that fits is given, spent ones are not."""

from __future__ import annotations

import msgspec
import pytest

from gardefou.doors.simulate import Answer, Called, Recording, Script, When, load_script
from gardefou.doors.simulate._conversation import Asked
from gardefou.doors.simulate._player import Player, Recorded, fits
from gardefou.errors import LoadError

GOOD = """
simulation: 1
models: [gpt-5]
answers:
  - when: {wire: [chat, messages], model: "gpt-*", user: "pay", turn: 1, stream: false}
    say: I pay.
    call: [{tool: pay, arguments: {amount: 3.5}}, {tool: pay, arguments: "{half"}]
    pace_ms: 5
  - when: {result: "^done"}
    refuse: No.
  - error: {status: 529, retry_after_s: 2}
    times: 2
  - say: Part of a
    break: {kind: reset, after: 3}
"""


def asked(**fields: object) -> Asked:
    found = Asked(
        wire="chat",
        model="gpt-5",
        stream=False,
        users=("please pay",),
        result="",
        turn=1,
        answered=0,
        input_tokens=1,
        body={},
    )
    return msgspec.structs.replace(found, **fields)


def test_a_script_is_read_whole() -> None:
    script = load_script(GOOD)
    assert script.models == ("gpt-5",)
    assert script.answers[0].when == When(
        wire=("chat", "messages"), model="gpt-*", user="pay", turn=1, stream=False
    )
    assert script.answers[0].call[1] == Called(tool="pay", arguments="{half")
    assert script.answers[2].error.retry_after_s == 2
    assert script.answers[3].breaks.kind == "reset"


def test_the_same_script_may_be_json() -> None:
    text = msgspec.json.encode(load_script(GOOD)).decode()
    assert load_script(text) == load_script(GOOD)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("[]", "script.value", "this is no mapping"),
        ("", "script.value", "this is no mapping"),
        ("simulation: 1", "script.missing", "the key `answers` is missing"),
        ("answers: []", "script.missing", "the key `simulation` is missing"),
        ("simulation: 2\nanswers: []", "script.value", "invalid enum value 2"),
        ("simulation: 1\nanswers: 3", "script.value", "expected `array`, got `int`"),
        ("simulation: 1\nanswers: [3]", "script.value", "this is no mapping"),
        ("simulation: 1\nanswers: [{}]", "script.answer", "the answer does nothing"),
        ("simulation: 1\nanswers: [{sey: x}]", "script.key", "the key `sey` is not known"),
        ("simulation: 1\nanswers: [{say: 3}]", "script.value", "expected `str`, got `int`"),
        ("simulation: 1\nanswers: [{call: [{}]}]", "script.missing", "the key `tool` is missing"),
        ("simulation: 1\nanswers: [{error: {status: 200}}]", "script.answer", "200 is no error status"),
        ("simulation: 1\nanswers: [{refuse: x, say: y}]", "script.answer", "the answer refuses and says or calls something"),
        ("simulation: 1\nanswers: [{error: {status: 500}, say: y}]", "script.answer", "the answer fails and has `say` too"),
        ("simulation: 1\nanswers: [{say: x, break: {kind: half_call}}]", "script.answer", "there is no call that could be cut in half"),
        ("simulation: 1\nanswers: [{say: x, delay_ms: -1}]", "script.answer", "`delay_ms` is out of bounds"),
        ("simulation: 1\nanswers: [{say: x, when: {turn: 0}}]", "script.answer", "turns count from 1"),
        ("simulation: 1\nanswers: [{say: x, when: {user: '('}}]", "script.answer", "`user` is no regular expression"),
        ("simulation: 1\nanswers: [{say: x, say: y}]", "script.duplicate_key", "the key `say` stands twice"),
        ("simulation: 1\nanswers: [{say: \ud800}]", "script.syntax", "neither JSON nor YAML: it holds half of a surrogate pair"),
        ("simulation: 1\nanswers: [", "script.syntax", "neither JSON nor YAML"),
        ("simulation: &a 1\nanswers: []", "script.reference", "an anchor, an alias, a tag or too many levels"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(text: str, code: str, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        load_script(text, file="s.yaml")
    first = caught.value.problems[0]
    assert (first.code, first.file) == (code, "s.yaml")
    assert first.message.startswith(message)


def test_all_mistakes_are_named_at_once() -> None:
    text = """
simulation: 1
answers:
  - when: {user: "(", tune: 3, turn: 0}
    brek: 3
  - call: [{tol: pay}]
    delay_ms: x
"""
    with pytest.raises(LoadError) as caught:
        load_script(text)
    assert [problem.line for problem in caught.value.problems] == [4, 4, 4, 5, 6, 6, 7]


@pytest.mark.parametrize(
    ("when", "fields", "expected"),
    [
        (When(), {}, True),
        (When(wire="chat"), {}, True),
        (When(wire="messages"), {}, False),
        (When(wire=("messages", "chat")), {}, True),
        (When(model="gpt-*"), {}, True),
        (When(model="claude-*"), {}, False),
        (When(user="^please"), {}, True),
        (When(user="^pay"), {}, False),
        (When(user="pay"), {"users": ("pay", "thanks")}, False),
        (When(result="^$"), {}, True),
        (When(result="paid"), {"result": "paid"}, True),
        (When(turn=2), {}, False),
        (When(turn=2), {"turn": 2}, True),
        (When(stream=True), {}, False),
        (When(user="pay", turn=1, stream=False), {}, True),
    ],
)
def test_what_is_named_must_fit(when: When, fields: dict[str, object], expected: bool) -> None:
    assert fits(when, asked(**fields)) is expected


def test_the_first_answer_that_fits_is_given_until_it_is_spent() -> None:
    player = Player(
        Script(simulation=1, answers=(Answer(say="a", times=2), Answer(when=When(turn=1), say="b")))
    )
    assert [player.answer(asked()).say for _ in range(3)] == ["a", "a", "b"]
    assert player.answer(asked(turn=2)) is None


ONE = Recording(name="one", users=("pay",), answers=(Answer(say="1"), Answer(say="2")))
TWO = Recording(name="two", users=("mail",), answers=(Answer(say="3"),))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"users": ("pay",)}, "1"),
        ({"users": ("pay", "more"), "answered": 1}, "2"),
        ({"users": ("pay",), "answered": 2}, "the recording one is over"),
        ({"users": ("mail",)}, "3"),
        ({"users": ("anything",), "model": "two"}, "3"),
        ({"users": ("anything",)}, None),
    ],
)
def test_a_recording_is_found_and_played_turn_by_turn(
    fields: dict[str, object], said: str | None
) -> None:
    found = Recorded([ONE, TWO]).answer(asked(**fields))
    assert (found and found.say) == said


def test_the_only_recording_is_played_whatever_is_said() -> None:
    assert Recorded([TWO]).answer(asked(users=("x",))).say == "3"
