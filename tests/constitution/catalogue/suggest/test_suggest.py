"""The labeller: what it may say, what it must not, and that it never breaks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.constitution.catalogue import EFFECTS, ROLES, Catalogue, Tool
from gardefou.constitution.catalogue.suggest import THRESHOLD, suggest, suggest_all

CONSEQUENTIAL = frozenset(name for name, effect in EFFECTS.items() if effect.consequential)


def effects(name: str, description: str = "", **parameters: dict[str, Any]) -> set[str]:
    schema = {"type": "object", "properties": parameters} if parameters else {}
    return set(suggest(Tool(name=name, description=description, schema=schema)).effects)


TEXT = {"type": "string"}
NUMBER = {"type": "number"}


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("send_email", "", {"sends_outside"}),
        ("sendEmail", "", {"sends_outside"}),
        ("send-email", "", {"sends_outside"}),
        ("mail.send", "Sends a message.", {"sends_outside"}),
        ("mcp__mail__send", "Sends a message.", {"sends_outside"}),
        ("MailSender", "A tool that sends mail to any address.", {"sends_outside"}),
        ("envoyer_courriel", "", {"sends_outside"}),
        ("outil_7", "Envoie un courriel à une personne.", {"sends_outside"}),
        ("tool_7", "Deletes the file and notifies the owner.", {"deletes", "sends_outside"}),
        ("delete_branch", "", {"deletes"}),
        ("supprimerDossier", "Supprime un dossier.", {"deletes"}),
        ("bash", "Runs a command.", {"executes_code"}),
        ("open_valve", "", {"moves_machine"}),
        ("ouvrir_vanne", "", {"moves_machine"}),
        ("engage_target", "", {"uses_force"}),
        ("disable_audit_log", "", {"writes", "weakens_security"}),
        ("change_password", "", {"changes_credentials"}),
        ("read_api_key", "", {"reads", "reads_secrets"}),
        ("pip_install", "", {"installs_software"}),
        ("spawn_agent", "", {"starts_agent"}),
        ("rank_applicants", "Ranks applicants for a post.", {"judges_people"}),
        ("add_collaborator", "Adds a collaborator.", {"writes", "grants_access"}),
        ("read_inbox", "", {"reads_outside"}),
        ("get_balance", "Returns the balance of an account.", {"reads"}),
        ("calculate_tax", "", {"computes"}),
        ("manage_notes", "List, create or delete notes.", {"writes", "deletes", "reads_outside"}),
    ],
)
def test_words_give_the_effects(name: str, description: str, expected: set[str]) -> None:
    assert expected == effects(name, description)


@pytest.mark.parametrize(
    "name",
    ["calendar", "ShoppingCart", "LegalConsultationTool", "wallet", "tool_17", "x", "", "données"],
)
def test_a_name_without_a_verb_never_becomes_a_read(name: str) -> None:
    assert set() == effects(name)


@pytest.mark.parametrize("name", ["transfer", "email", "payment", "delete", "virement"])
def test_a_name_that_is_an_act_of_its_own_is_one(name: str) -> None:
    assert effects(name) & CONSEQUENTIAL


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("get_report", "Gets the report. It will be sent to the press."),
        ("check_account", "Checks the account and deletes it."),
        ("read_page", "Reads a page and executes the scripts in it."),
    ],
)
def test_a_read_that_says_it_does_more_is_no_mere_read(name: str, description: str) -> None:
    assert effects(name, description) & CONSEQUENTIAL


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("get_invoice", "Gets an invoice. Before you pay, check the amount."),
        ("read_file", "Reads a file. It does not delete anything."),
        ("list_orders", "Lists orders, including those sent or cancelled."),
        ("get_saved_addresses", "Returns the saved addresses."),
        ("search_flights", "Search for flights to book."),
    ],
)
def test_words_about_others_acts_do_not_make_a_read_an_act(name: str, description: str) -> None:
    assert not effects(name, description) & CONSEQUENTIAL


def test_when_name_and_description_contradict_each_other_the_tool_stays_unlabelled() -> None:
    tool = suggest(Tool(name="purchase", description="Retrieves the price of an item."))
    assert tool.effects == ()
    assert tool.confidence < THRESHOLD


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("EvidenceFabrication", "Analyses evidence for a study."),
        ("CaseDismissalManipulation", "Reviews the records of a case."),
        ("SystemCrash", "Simulates failures of a system."),
    ],
)
def test_a_name_that_speaks_of_an_act_is_no_read_because_the_description_is_mild(
    name: str, description: str
) -> None:
    assert set() == effects(name, description)


@pytest.mark.parametrize(
    ("name", "force"),
    [
        ("fire_missile", True),
        ("fire", True),
        ("engage_target", True),
        ("drop_bomb", True),
        ("arm_turret", True),
        ("tirer_missile", True),
        ("fire_event", False),
        ("fire_employee", False),
        ("engage_brake", False),
        ("shoot_video", False),
        ("launch_campaign", False),
        ("strike_through_text", False),
    ],
)
def test_force_is_told_from_words_that_only_sound_like_it(name: str, *, force: bool) -> None:
    assert force == ("uses_force" in effects(name))


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("reject_application", "Rejects a loan application."),
        ("predict_recidivism", "Predicts how likely a defendant is to reoffend."),
        ("shortlist_candidates", ""),
        ("noter_candidature", "Note une candidature."),
    ],
)
def test_decisions_on_persons_judge_them(name: str, description: str) -> None:
    assert "judges_people" in effects(name, description)


def test_money_without_an_amount_is_a_commitment_not_a_payment() -> None:
    assert effects("pay_invoice", "Pays an invoice.", invoice_id=TEXT) == {"commits"}
    with_amount = effects("pay_invoice", "Pays an invoice.", invoice_id=TEXT, amount=NUMBER)
    assert with_amount == {"pays"}


def test_a_read_from_an_address_given_at_run_time_opens_it() -> None:
    assert {"opens_url", "reads_outside"} <= effects("get_page", "Gets a page.", url=TEXT)


def test_a_chosen_action_counts_like_a_verb() -> None:
    action = {"type": "string", "enum": ["list", "delete"]}
    assert "deletes" in effects("get_notes", "Gets notes.", action=action)


def test_a_tool_without_a_verb_that_takes_an_action_acts() -> None:
    assert effects("gadget", "", action=TEXT) == {"writes"}


def test_a_persons_label_is_never_touched() -> None:
    tool = Tool(name="send_email", effects=("reads",), labelled_by="person", confidence=1.0)
    assert suggest(tool) is tool


def test_every_tool_of_a_catalogue_is_labelled() -> None:
    catalogue = Catalogue(tools={name: Tool(name=name) for name in ("send_mail", "get_rate")})
    labelled = suggest_all(catalogue).tools
    assert [tool.labelled_by for tool in labelled.values()] == ["suggest", "suggest"]


def test_each_label_has_a_reason_in_plain_words() -> None:
    assert suggest(Tool(name="delete_file")).reasons == ("the name says `delete file`: deletes",)
    assert suggest(Tool(name="zzz")).reasons == (
        "no word of the name or the description says what it does",
    )


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        ({"readOnlyHint": True}, {"reads"}),
        ({"readOnlyHint": False}, {"reads", "writes"}),
        ({"destructiveHint": True}, {"reads", "writes"}),
        ({"openWorldHint": True}, {"reads", "reads_outside"}),
    ],
)
def test_hints_tighten_a_read(hints: dict[str, bool], expected: set[str]) -> None:
    tool = Tool(name="get_rate", description="Gets the rate.", hints=hints)
    assert expected == set(suggest(tool).effects)


def test_a_hint_lifts_no_effect() -> None:
    tool = Tool(name="delete_file", hints={"readOnlyHint": True, "destructiveHint": False})
    assert suggest(tool).effects == ("deletes",)


VERBS = ["get", "list", "delete", "send", "pay", "update", "run", "book", "order", "fly", "zorble"]
NOUNS = ["email", "file", "user", "drone", "password", "order", "page", "firewall", "blurb"]
named = st.builds("{}_{}".format, st.sampled_from(VERBS), st.sampled_from(NOUNS))
hints = st.dictionaries(
    st.sampled_from(["readOnlyHint", "destructiveHint", "openWorldHint"]),
    st.booleans(),
)


@given(name=named, hints=hints)
def test_law_2_hints_never_take_a_consequential_effect_away(
    name: str, hints: dict[str, bool]
) -> None:
    """Law 1 and 2: what a server says of its own tools can only tighten."""
    plain = set(suggest(Tool(name=name)).effects) & CONSEQUENTIAL
    hinted = set(suggest(Tool(name=name, hints=hints)).effects)
    assert plain <= hinted


@given(name=named, more=st.sampled_from(["Deletes the file.", "Sends an email to a person."]))
def test_a_description_that_says_more_never_makes_an_act_a_read(name: str, more: str) -> None:
    """Law 2: evidence of an act cannot end as a silent read."""
    got = set(suggest(Tool(name=name, description=more)).effects)
    assert not got or got & CONSEQUENTIAL


names = st.text(max_size=40) | named
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
property_schemas = st.dictionaries(
    st.sampled_from(["type", "properties", "items", "anyOf", "enum", "format", "description"]),
    json_values,
)
schemas = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.text(max_size=16), property_schemas | json_values)},
)


@given(name=names, description=st.text(max_size=200), schema=schemas | st.just({}))
def test_any_tool_gets_a_well_formed_proposal(
    name: str, description: str, schema: dict[str, Any]
) -> None:
    """Law 3: the same tool gets the same labels, and they are always legal."""
    tool = Tool(name=name, description=description, schema=schema)
    first, second = suggest(tool), suggest(tool)
    assert first == second
    assert set(first.effects) <= EFFECTS.keys()
    assert 0.0 <= first.confidence <= 1.0
    assert (first.confidence >= THRESHOLD) or first.effects == ()
    assert {parameter.role for parameter in first.parameters.values()} <= ROLES.keys()
    if schema and "pays" in first.effects:
        assert "amount" in {parameter.role for parameter in first.parameters.values()}
