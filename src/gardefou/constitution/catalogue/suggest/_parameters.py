"""What an argument means, from its name, its description and its schema.

1. The name decides, the description and the schema's format settle what the name leaves open.
2. What a name means can depend on the effects: an address *found by* is a filter, an address
   *sent to* is a recipient.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.constitution.catalogue import DomainType, Parameter
from gardefou.constitution.catalogue.suggest._lexicon import noun_of
from gardefou.constitution.catalogue.suggest._words import base_form, name_words, text_words

# meaning -> words that carry it when they are the last of the name, or alone
MEANINGS: dict[str, str] = {
    "money": """
        amount price sum total cost budget salary fee deposit donation tip charge payment bid
        montant prix somme cout salaire don total_amount amt value_usd usd eur euros dollars
        gbp credit principal wage fund balance
    """,
    "recipient": """
        recipient to cc bcc receiver payee addressee attendee participant guest invitee beneficiary
        destinataire beneficiaire invites audience sendto to_addr forward_to counterparty
        attendees participants recipients payto
    """,
    "address": """
        email mail phone handle contact courriel telephone mobile msisdn mailbox fax email_address
        user_email follower collaborator member_email phone_number whatsapp sender from_address assignee reviewer
    """,
    "iban": "iban bic account_number rib",
    "wallet": "wallet wallet_address destination_account to_account creditor crediteur",
    "person": """
        person patient citizen suspect individual employee candidate applicant student passenger
        personne citoyen suspect individu salarie candidat eleve passager nir ssn plate license_plate
        plaque subject defendant voter detainee resident passport nationalid national_id ssn persons
        people face worker borrower child
    """,
    "user": "user member customer client owner utilisateur membre author account username login names identite",
    "url": "url uri link href website webpage site endpoint webhook callback lien homepage",
    "path": """
        path file filename filepath folder directory dir fichier chemin dossier repertoire cwd
        output_path destination_path attachment document attachments files filenames dst src_path
        piece_jointe
    """,
    "command": "command cmd shell commande argv args_line commandline bash",
    "query": "sql sql_query requete_sql cypher",
    "code": "code script source program python javascript snippet expression_code programme js lambda",
    "secret": """
        password passphrase secret token api_key apikey key_secret otp pin cvv credential
        mot_passe mdp credentials passcode private_key code_otp access_token jeton passwd pwd
        totp secret_key client_secret
    """,
    "permission": """
        permission role scope right privilege access level access_level droit acl policy visibility
        permissions roles scopes grant autorisation
    """,
    "content": """
        body content text message subject title description comment note caption summary reply
        contenu texte objet sujet titre corps commentaire markdown html payload headline details
        reason_text msg post tweet review prompt question instruction instructions topic data
        blob label tags bio story story_text attachment_text feedback
    """,
    "limit": "limit max count top page size per_page max_results offset n number_results limite nombre k num",
    "filter": """
        query filter keyword keywords search q term pattern category type status sort order_by
        language lang locale genre requete filtre mot_cle recherche where criteria since until
        before after start_date_filter
    """,
    "quantity": "quantity qty quantite nights guests_number adults passengers_count units copies shares volume",
    "at": """
        date time datetime day start end start_time end_time at when deadline due timestamp
        start_day end_day checkin checkout schedule date_time jour heure debut fin echeance
        departure arrival expires expiry send_at month year duration recurrence
    """,
    "case": "case case_number case_id dossier_number warrant numero_dossier affaire requisition mandat",
    "purpose": "purpose reason justification motif motive finalite raison rationale",
    "target": """
        id ids name target identifier uuid slug number ref reference key channel repo repository
        branch hotel restaurant product item order device ticket issue event booking project bucket
        table database server instance group team workspace nom identifiant numero reference_number
        cible salle article produit commande appareil room flight
        stock symbol sku package plugin ticker host hostname ip calendar label_id thread ressource resource entity object
        robot drone valve door zone company entreprise hote service function container cluster
        model agent queue charity topic_name playlist song contract policy_id cart course
    """,
    "place": """
        city country street state address zip postal_code province region town ville pays rue adresse
        location destination origin pickup place lieu first_name last_name full_name surname prenom
        nom_famille zipcode postcode
    """,
    "action": "action operation actions operations steps browser_actions",
    "other": """
        currency devise unit units_name timezone format encoding language_code bool flag verbose
        dry_run force recursive overwrite include exclude sort page_token cursor mode color
        x y z lat lon latitude longitude
    """,
}

_ROLE_OF_MEANING: dict[str, tuple[str, DomainType]] = {
    "money": ("amount", "money"),
    "recipient": ("recipients", "party"),
    "address": ("recipients", "party"),
    "place": ("targets", "text"),
    "action": ("targets", "text"),
    "iban": ("recipients", "iban"),
    "wallet": ("recipients", "party"),
    "person": ("persons", "person"),
    "user": ("targets", "text"),
    "url": ("urls", "url"),
    "path": ("paths", "path"),
    "command": ("command", "shell"),
    "query": ("query", "sql"),
    "code": ("code", "text"),
    "secret": ("secrets", "text"),
    "permission": ("permission", "text"),
    "content": ("content", "text"),
    "limit": ("limit", "integer"),
    "filter": ("filter", "text"),
    "quantity": ("quantity", "number"),
    "at": ("at", "timestamp"),
    "case": ("case", "text"),
    "purpose": ("purpose", "text"),
    "target": ("targets", "text"),
    "other": ("other", "json"),
}
_INDEX = {word: meaning for meaning, words in MEANINGS.items() for word in words.split()}
_READING = frozenset({"reads", "reads_outside", "computes"})
_REACHING = frozenset(
    {"pays", "sends_outside", "publishes", "grants_access", "revokes_access", "starts_agent"},
)
_ABOUT_PEOPLE = frozenset({"judges_people", "monitors_people", "collects_personal_data"})
_TELLING = frozenset({"url", "path", "iban", "secret", "command"})
_CODE_WORDS = frozenset({"source", "program", "python", "js", "javascript", "script"})


_PERSONAL = frozenset(
    """name names nom noms identite identites phone numero number line face visage image photo plate
    plaque prenom""".split(),
)
_CHANNELS = frozenset("channel room canal salon group chat conversation".split())
# Heads that say nothing of their own in a compound: order_id, file_name.
_EMPTY_HEADS = frozenset({"id", "name", "number", "address", "identifier", "nom", "numero"})
_FORMATS = {
    "email": "address",
    "idn-email": "address",
    "uri": "url",
    "url": "url",
    "iri": "url",
    "date": "at",
    "date-time": "at",
    "time": "at",
    "password": "secret",
}


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One argument of a schema: where it is, what is said about it."""

    path: str
    words: tuple[str, ...]
    said: tuple[str, ...]
    schema: dict[str, Any]
    required: bool


def leaves(schema: dict[str, Any], prefix: str = "", *, depth: int = 0) -> list[Leaf]:
    """List the arguments of an object schema, nested ones too (``a.b``, ``a[]``)."""
    found: list[Leaf] = []
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > 6:
        return found
    wanted = schema.get("required")
    required = set(wanted) if isinstance(wanted, list) else set()
    for name, given in properties.items():
        part = given if isinstance(given, dict) else {}
        path = f"{prefix}{name}"
        here, part = _unwrap(path, part)
        if isinstance(part.get("properties"), dict) and part["properties"]:
            found += leaves(part, f"{here}.", depth=depth + 1)
            continue
        found.append(
            Leaf(
                path=here,
                words=name_words(str(name)),
                said=text_words(
                    str(given.get("description", "")) if isinstance(given, dict) else ""
                ),
                schema=part,
                required=name in required and not prefix,
            )
        )
    return found


def _unwrap(path: str, part: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Step through lists and optional alternatives to what a value really is."""
    for _ in range(4):
        options = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
        if isinstance(options, list):
            real = [o for o in options if isinstance(o, dict) and o.get("type") != "null"]
            part = next((o for o in real if o.get("type") == "array"), real[0] if real else {})
            continue
        items = part.get("items")
        if part.get("type") == "array" and isinstance(items, dict):
            path, part = f"{path}[]", items
            continue
        break
    return path, part


def _known(word: str) -> bool:
    return word in _INDEX


def meaning_of(leaf: Leaf) -> str:
    """Return the meaning of an argument's name, the most telling word first, else ``""``."""
    meaning = _meaning(leaf)
    return "action" if meaning == "command" and "enum" in leaf.schema else meaning


def _meaning(leaf: Leaf) -> str:
    form = _FORMATS.get(str(leaf.schema.get("format", "")), "")
    if form:
        return form
    words = tuple(word.rstrip("0123456789") or word for word in leaf.words)
    whole = "_".join(words)
    if whole in _INDEX:
        return _INDEX[whole]
    for size in (2, 1):
        for start in range(len(words) - size, -1, -1):
            part = base_form("_".join(words[start : start + size]), _known)
            if part in _INDEX and not (part in _EMPTY_HEADS and start):
                return _of_compound(part, words)
    if words and base_form(words[-1], _known) in _INDEX:
        return _INDEX[base_form(words[-1], _known)]
    return _of_description(leaf)


def _of_compound(part: str, words: tuple[str, ...]) -> str:
    """Settle compounds: an identifier is a target, whatever it identifies, unless a person."""
    meaning = _INDEX[part]
    if words[-1] in {"id", "ids", "uuid"} and meaning not in {
        "user",
        "person",
        "case",
        "recipient",
    }:
        return "target"
    if meaning == "code" and len(words) > 1 and not _CODE_WORDS & set(words[:-1]):
        return "target"
    if words[-1] in {"max", "min"} and len(words) > 1:
        return "other"
    return meaning


def _of_description(leaf: Leaf) -> str:
    """Read the first words of the description, for meanings that leave no doubt."""
    for word in leaf.said[:8]:
        part = base_form(word, _known)
        if part in _INDEX and _INDEX[part] in _TELLING:
            return _INDEX[part]
    return "target" if any(noun_of(word) for word in leaf.words) else ""


def parameter(leaf: Leaf, meaning: str, effects: frozenset[str]) -> Parameter:
    """Label one argument, given what the tool does."""
    role, type_ = _ROLE_OF_MEANING.get(meaning, ("other", "json"))
    role, type_ = (_acting if effects - _READING else _reading)(leaf, meaning, effects, role, type_)
    role, type_ = _as_schema_says(leaf.schema.get("type"), role, type_)
    return Parameter(role=role, type=type_, required=leaf.required)


def _reading(
    leaf: Leaf, meaning: str, _effects: frozenset[str], role: str, type_: DomainType
) -> tuple[str, DomainType]:
    """In a tool that only looks, what would be acted on is what is searched by."""
    if meaning in {"recipient", "address", "iban", "wallet"}:
        return "filter", type_
    if meaning in {"user", "content", "at", "place"}:
        return "filter", "text"
    if meaning == "money":
        return "other", "number"
    if meaning == "target" and leaf.words[-1:] in {("name",), ("nom",), ("title",), ("text",)}:
        return "filter", "text"
    return role, type_


def _acting(
    leaf: Leaf, meaning: str, effects: frozenset[str], role: str, type_: DomainType
) -> tuple[str, DomainType]:
    """In a tool that acts, what a name means depends on what the tool does with it."""
    if effects & _ABOUT_PEOPLE and (
        meaning in {"person", "user", "address", "iban"} or _PERSONAL & set(leaf.words)
    ):
        return "persons", "person"
    if meaning in {"person", "user"}:
        if effects & _REACHING and not effects & _ABOUT_PEOPLE:
            return "recipients", "party"
        return role, type_
    if meaning in {"recipient", "address", "wallet", "iban"}:
        return ("recipients" if effects & _REACHING or meaning != "address" else "targets"), type_
    if "sends_outside" in effects and _CHANNELS & set(leaf.words) and leaf.words[-1] != "id":
        return "recipients", "party"
    if "sends_outside" in effects and leaf.words in {("number",), ("numero",)}:
        return "recipients", "party"
    if meaning == "place" and not effects & {"commits", "moves_machine", "uses_force", "pays"}:
        return "content", "text"
    if "executes_code" in effects and leaf.words[-1:] in {("query",), ("statement",), ("requete",)}:
        return "query", "sql"
    return role, type_


def _as_schema_says(kind: Any, role: str, type_: DomainType) -> tuple[str, DomainType]:
    """A type must fit the schema: a number is no address, a flag is nothing but a flag."""
    if kind == "boolean":
        return "other", "boolean"
    if kind in {"integer", "number"} and type_ not in {"money", "integer", "number", "timestamp"}:
        fits = role in {"targets", "recipients", "persons", "limit", "quantity"}
        return (role if fits else "other"), ("integer" if kind == "integer" else "number")
    if kind == "string" and type_ == "json":
        return role, "text"
    return role, type_
