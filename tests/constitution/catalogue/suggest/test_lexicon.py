"""The lexicon: its data are sound, and its questions answer as its other users rely on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.constitution.catalogue import EFFECTS, ROLES
from gardefou.constitution.catalogue.suggest import (
    acts_of,
    effects_of_verb,
    lemma,
    nouns_of,
    verbs_of_effect,
)
from gardefou.constitution.catalogue.suggest._lexicon import lexicon, verb_of
from gardefou.constitution.catalogue.suggest._meanings import MEANINGS, ROLE_OF_MEANING
from gardefou.constitution.catalogue.suggest._nouns import ACTION_NOUNS, NOUN_PHRASES, NOUNS
from gardefou.constitution.catalogue.suggest._rules import EFFECTS_OF_ACT, RULES
from gardefou.constitution.catalogue.suggest._verbs import ACTS, BROADER, LIGHT, PHRASES
from gardefou.constitution.catalogue.suggest._words import Form, fold, form_of


def test_every_act_has_rules_and_every_rule_an_act() -> None:
    assert ACTS.keys() == RULES.keys()


def test_every_rule_speaks_of_known_classes_and_effects() -> None:
    classes = {kind for _, rows in RULES.values() for kinds, _ in rows for kind in kinds}
    effects = {effect for found in EFFECTS_OF_ACT.values() for effect in found}
    assert classes <= NOUNS.keys()
    assert effects <= EFFECTS.keys()


def test_every_effect_can_be_proposed() -> None:
    assert EFFECTS.keys() == {effect for found in EFFECTS_OF_ACT.values() for effect in found}


def test_nouns_and_phrases_lead_to_words_that_exist() -> None:
    assert set(ACTION_NOUNS.values()) <= ACTS.keys()
    assert set(BROADER) | set(BROADER.values()) <= ACTS.keys()
    assert [word for word in LIGHT if not verb_of(word)] == []
    assert [target for target in PHRASES.values() if not acts_of(target)] == []
    known = lexicon().classes
    assert [
        target
        for target in NOUN_PHRASES.values()
        if target not in known and target not in ACTION_NOUNS
    ] == []


def test_words_are_written_folded() -> None:
    words = [
        word.lstrip("~") for text in (*ACTS.values(), *NOUNS.values()) for word in text.split()
    ]
    assert [word for word in words if fold(word) != word] == []


def test_every_meaning_of_an_argument_has_a_role_that_exists() -> None:
    assert MEANINGS.keys() == ROLE_OF_MEANING.keys()
    assert {role for role, _ in ROLE_OF_MEANING.values()} <= ROLES.keys()


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("sends", "send"),
        ("Sending", "send"),
        ("sent", "send"),
        ("paid", "pay"),
        ("deleting", "delete"),
        ("cancelled", "cancel"),
        ("notifies", "notify"),
        ("emails", "email"),
        ("supprime", "supprimer"),
        ("Supprimée", "supprimer"),
        ("envoyez", "envoyer"),
        ("envoie", "envoyer"),
        ("vend", "vendre"),
        ("invoices", "invoice"),
        ("categories", "categories"),
        ("restaurant", "restaurant"),
    ],
)
def test_a_form_leads_to_its_base(word: str, base: str) -> None:
    assert lemma(word) == base


@pytest.mark.parametrize(
    ("word", "verb", "form"),
    [
        ("send", "send", Form.BASE),
        ("sends", "send", Form.S),
        ("sending", "send", Form.ING),
        ("sent", "send", Form.ED),
        ("deleted", "delete", Form.ED),
        ("envoyer", "envoyer", Form.FRENCH),
        ("envoie", "envoyer", Form.FRENCH),
    ],
)
def test_the_form_of_a_verb_is_told(word: str, verb: str, form: Form) -> None:
    assert form_of(word, verb) is form


def test_verbs_and_effects_lead_to_each_other() -> None:
    assert "pays" in effects_of_verb("transfers")
    assert "virer" in verbs_of_effect("pays")
    assert effects_of_verb("zorble") == frozenset()


def test_a_broader_act_comes_after_the_act_itself() -> None:
    assert acts_of("transfer") == ("transfer", "pay")


def test_a_noun_has_classes_in_both_numbers_and_languages() -> None:
    assert "message" in nouns_of("courriels") & nouns_of("emails")


@given(effect=st.sampled_from(sorted(EFFECTS)))
def test_verbs_of_an_effect_have_it(effect: str) -> None:
    assert all(effect in effects_of_verb(verb) for verb in verbs_of_effect(effect))


@given(word=st.text(max_size=20))
def test_any_word_has_a_base_form_that_is_its_own(word: str) -> None:
    assert lemma(lemma(word)) == lemma(word)
