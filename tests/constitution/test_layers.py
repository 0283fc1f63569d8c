"""Later layers add and tighten; what an earlier layer has declared stands."""

from __future__ import annotations

import pytest
from constitution_texts import article, document

from gardefou.constitution import load_layers
from gardefou.errors import LoadError
from gardefou.verdict import Verdict

HEAD = "constitution: {name}\nversion: 1\nlanguage: 1\nlayer: {layer}\n"
PAYS = "kind: {kind}\non: effect pays\ndeny:\n  - when: {when}"


def layer(layer: str, body: str = "", front: str = "") -> str:
    body = body or article("kind: guideline", anchor=f"note-{layer}")
    return document(body, HEAD.format(name=f"The {layer}", layer=layer) + front)


def pays(kind: str, when: str = "intent.prompted", anchor: str = "payments") -> str:
    return article(PAYS.format(kind=kind, when=when), anchor=anchor)


def codes(*texts: str) -> list[str]:
    with pytest.raises(LoadError) as caught:
        load_layers(texts)
    return [problem.code for problem in caught.value.problems]


def test_three_layers_make_one_constitution() -> None:
    loaded = load_layers([layer("issuer"), layer("operator"), layer("tenant")])
    assert loaded.name == "The tenant"
    assert [a.layer for a in loaded.articles] == ["issuer", "operator", "tenant"]
    assert [d.name for d in loaded.documents] == ["The issuer", "The operator", "The tenant"]


def test_a_later_layer_writes_a_default_anew_and_the_old_one_stays_visible() -> None:
    loaded = load_layers(
        [layer("issuer", pays("default")), layer("operator", pays("default", "intent.asked"))]
    )
    assert [(a.id, a.layer) for a in loaded.articles] == [("payments", "operator")]
    assert [(a.id, a.layer) for a in loaded.replaced] == [("payments", "issuer")]
    assert loaded.articles[0].rules[0].when == "intent.asked"


@pytest.mark.parametrize("kind", ["default", "entrenched", "red_line"])
def test_a_default_can_be_written_anew_as_strict_or_stricter(kind: str) -> None:
    loaded = load_layers([layer("issuer", pays("default")), layer("tenant", pays(kind))])
    assert [a.kind for a in loaded.articles] == [kind]


@pytest.mark.parametrize("kind", ["red_line", "entrenched"])
@pytest.mark.parametrize("new", ["red_line", "entrenched", "default"])
def test_no_later_layer_touches_a_red_line_or_an_entrenched_article(kind: str, new: str) -> None:
    """Law 1: nothing that a later layer adds loosens what an earlier one has fixed."""
    assert codes(layer("issuer", pays(kind)), layer("tenant", pays(new))) == ["layer.replaced"]


def test_a_default_is_not_dissolved_into_advice() -> None:
    advice = article("kind: guideline", anchor="payments")
    assert codes(layer("issuer", pays("default")), layer("tenant", advice)) == ["layer.replaced"]


def test_two_documents_of_one_layer_do_not_write_each_other_anew() -> None:
    assert codes(layer("operator", pays("default")), layer("operator", pays("default"))) == [
        "layer.replaced"
    ]


@pytest.mark.parametrize(
    ("front", "again"),
    [
        ("sets: {s: [a]}\n", "sets: {s: [a, b]}\n"),
        ("sets: {s: []}\n", "sets: {s: [b]}\n"),
        ("definitions: {d: intent.asked}\n", "definitions: {d: intent.prompted}\n"),
        (
            "facts: {f: {kind: once, on: effect pays}}\n",
            "facts: {f: {kind: count, on: effect pays}}\n",
        ),
        ("roles: {r: [alice]}\n", "roles: {r: [alice, bob]}\n"),
        ("organisation: {domains: [a.example]}\n", "organisation: {domains: [b.example]}\n"),
        ("currency: EUR\n", "currency: JPY\n"),
    ],
)
def test_what_an_earlier_layer_declares_is_not_declared_again(front: str, again: str) -> None:
    """Law 1: a red line may rely on it."""
    assert codes(layer("issuer", front=front), layer("operator", front=again)) == [
        "layer.redefined"
    ]


def test_a_role_and_domains_left_open_are_filled_once_by_a_later_layer() -> None:
    open_ = "roles: {watch: []}\norganisation: {domains: []}\n"
    filled = "roles: {watch: [alice]}\norganisation: {domains: [a.example]}\n"
    held = article("kind: red_line\non: effect pays\nhold:\n  - quorum: {watch: 1}", anchor="w")
    loaded = load_layers([layer("issuer", held, open_), layer("operator", front=filled)])
    assert loaded.roles == {"watch": ("alice",)}
    assert loaded.organisation_domains == ("a.example",)
    assert loaded.warnings == ()
    more = "roles: {watch: [mallory]}\norganisation: {domains: [m.example]}\n"
    third = layer("tenant", front=more)
    assert (
        codes(layer("issuer", held, open_), layer("operator", front=filled), third)
        == ["layer.redefined"] * 2
    )


def test_a_quorum_that_a_later_layer_fills_too_thinly_is_a_mistake() -> None:
    held = article("kind: red_line\non: effect pays\nhold:\n  - quorum: {watch: 2}", anchor="w")
    first = layer("issuer", held, "roles: {watch: []}\n")
    assert codes(first, layer("operator", front="roles: {watch: [alice]}\n")) == [
        "quorum.impossible"
    ]


def test_a_later_layer_uses_the_names_of_an_earlier_one() -> None:
    first = layer("issuer", front="sets: {s: [a]}\nroles: {watch: [alice]}\n")
    body = article(
        "kind: default\non: effect pays\nhold:\n"
        "  - when: action.case in sets.s\n    quorum: {watch: 1}"
    )
    assert load_layers([first, layer("tenant", body)]).warnings == ()


def test_an_earlier_layer_does_not_use_the_names_of_a_later_one() -> None:
    body = article("kind: default\non: effect pays\ndeny:\n  - when: action.case in sets.s")
    assert codes(layer("issuer", body), layer("operator", front="sets: {s: [a]}\n")) == [
        "conditions.unknown_field"
    ]


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (("allow", ""), Verdict.ALLOW),
        (("", ""), Verdict.HOLD),
        (("hold", "deny"), Verdict.DENY),
        (("allow", "hold"), Verdict.HOLD),
        (("", "deny"), Verdict.DENY),
        (("hold", "allow"), None),
        (("", "allow"), None),
        (("deny", "hold"), None),
    ],
)
def test_unlisted_only_tightens(words: tuple[str, str], result: Verdict | None) -> None:
    """Law 2: what nobody has said is `hold`, and a later layer cannot lift it."""
    texts = [
        layer(name, front=f"unlisted: {word}\n" if word else "")
        for name, word in zip(("issuer", "operator"), words, strict=True)
    ]
    if result is None:
        assert codes(*texts) == ["layer.unlisted"]
    else:
        assert load_layers(texts).unlisted is result


def test_layers_come_in_their_order() -> None:
    assert codes(layer("tenant"), layer("issuer")) == ["layer.order"]


def test_the_digest_is_that_of_all_layers() -> None:
    one, two = layer("issuer"), layer("operator")
    both = load_layers([one, two]).digest
    assert len({both, load_layers([one]).digest, load_layers([two]).digest}) == 3
    assert both == load_layers([one, two]).digest
