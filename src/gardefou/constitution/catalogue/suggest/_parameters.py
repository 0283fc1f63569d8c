"""What an argument means, from its name, its description and its schema.

1. The name decides, the description and the schema's format settle what the name leaves open.
2. What a name means can depend on the effects: an address *found by* is a filter, an address
   *sent to* is a recipient.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.constitution.catalogue import Parameter
from gardefou.constitution.catalogue._effects import ROLES
from gardefou.constitution.catalogue.suggest._lexicon import noun_of
from gardefou.constitution.catalogue.suggest._words import base_form, name_words, text_words

# meaning -> words that carry it when they are the last of the name, or alone
MEANINGS: dict[str, str] = {
    "money": """
        amount price sum total cost budget salary fee deposit donation tip charge payment bid
        montant prix somme cout salaire don total_amount amt value_usd usd eur euros dollars
        gbp credit principal wage fund balance
    """,
    "party": """
        recipient to cc bcc email mail receiver payee addressee attendee participant guest invitee
        phone handle username contact beneficiary destinataire beneficiaire courriel telephone
        participants invites member collaborator mobile msisdn emails recipients mailbox
        email_address to_addr user_email follower audience sendto fax reviewer assignee
    """,
    "iban": "iban bic account_number rib",
    "wallet": "wallet payto destination_account creditor crediteur",
    "person": """
        person patient citizen suspect individual employee candidate applicant student passenger
        personne citoyen suspect individu salarie candidat eleve passager nir ssn plate license_plate
        plaque subject defendant voter detainee resident passport nationalid national_id ssn persons
        people face worker borrower child
    """,
    "user": "user member customer client owner utilisateur membre author account username login name_user",
    "url": "url uri link href website webpage site endpoint webhook callback lien host address_web homepage src",
    "path": """
        path file filename filepath folder directory dir fichier chemin dossier repertoire cwd
        output_path destination_path attachment document attachments files filenames dst src_path
        piece_jointe
    """,
    "command": "command cmd shell commande argv args_line commandline bash",
    "query": "sql statement sql_query requete_sql",
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
        cible salle article produit commande appareil room city destination location place flight
        stock symbol sku package plugin calendar label_id thread ressource resource entity object
        robot drone valve door zone company entreprise hote service function container cluster
        model agent queue topic_name playlist song contract policy_id cart course
    """,
    "other": """
        currency devise unit units_name timezone format encoding language_code bool flag verbose
        dry_run force recursive overwrite include exclude sort page_token cursor mode color
        x y z lat lon latitude longitude
    """,
}

_ROLE_OF_MEANING = {
    "money": ("amount", "money"),
    "party": ("recipients", "party"),
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
_RECEIVING = frozenset(
    {"pays", "commits", "sends_outside", "publishes", "grants_access", "revokes_access", "writes"}
)
_READING = frozenset({"reads", "reads_outside", "computes"})
_EFFECT_ROLES = {"command", "query", "code", "secret", "url"}


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
    form = str(leaf.schema.get("format", ""))
    if form in {"email", "idn-email"}:
        return "party"
    if form in {"uri", "url", "iri", "uri-reference"}:
        return "url"
    if form in {"date", "date-time", "time"}:
        return "at"
    if form == "password":
        return "secret"
    words = leaf.words
    whole = "_".join(words)
    if whole in _INDEX:
        return _INDEX[whole]
    for size in (2, 1):
        for start in range(len(words) - size, -1, -1):
            part = base_form("_".join(words[start : start + size]), _known)
            if part in _INDEX and not (part in {"id", "name", "number", "address"} and start):
                return _of_compound(part, words)
    if words and base_form(words[-1], _known) in _INDEX:
        return _of_compound(base_form(words[-1], _known), words)
    return _of_description(leaf)


def _of_compound(part: str, words: tuple[str, ...]) -> str:
    """Settle ``<thing>_id`` and ``<thing>_name``: an identifier of a person or of a thing."""
    meaning = _INDEX[part]
    identifies = words[-1] in {"id", "ids", "uuid"}
    if identifies and meaning in {"content", "at", "filter", "money", "quantity", "permission"}:
        return "target"
    if identifies and meaning in {"party", "path", "url"}:
        return "target" if meaning != "party" else "party"
    return meaning


def _of_description(leaf: Leaf) -> str:
    for word in leaf.said[:12]:
        part = base_form(word, _known)
        if part in _INDEX and _INDEX[part] in {
            "url",
            "path",
            "iban",
            "secret",
            "command",
            "query",
            "code",
        }:
            return _INDEX[part]
    if any(noun_of(word) for word in leaf.words):
        return "target"
    return ""


def parameter(leaf: Leaf, meaning: str, effects: frozenset[str]) -> Parameter:
    """Label one argument, given what the tool does."""
    role, type_ = _ROLE_OF_MEANING.get(meaning, ("other", "json"))
    kind = leaf.schema.get("type")
    acting = bool(effects - _READING)
    if not acting and meaning in {"party", "target", "user", "content", "at", "wallet"}:
        role = "filter" if meaning != "target" else role
        type_ = type_ if meaning == "party" else "text"
    if meaning == "user" and effects & {"grants_access", "revokes_access", "sends_outside"}:
        role, type_ = "recipients", "party"
    if meaning in {"party", "iban", "wallet"} and acting and not effects & _RECEIVING:
        role = "targets"
    if (
        meaning == "person"
        and acting
        and effects & {"sends_outside", "pays"}
        and not effects & {"judges_people", "monitors_people", "collects_personal_data"}
    ):
        role, type_ = "recipients", "party"
    if meaning == "money" and not acting:
        role, type_ = "other", "number"
    if kind == "boolean":
        role, type_ = "other", "boolean"
    elif kind in {"integer", "number"} and type_ in {
        "text",
        "timestamp",
        "json",
        "party",
        "url",
        "path",
    }:
        type_ = "integer" if kind == "integer" else "number"
        if role not in {"targets", "recipients", "persons"}:
            role = role if role in {"limit", "quantity", "at"} else "other"
    elif kind == "string" and type_ == "json":
        type_ = "text"
    if not ROLES[role].deciding and type_ == "json" and kind == "string":
        type_ = "text"
    return Parameter(role=role, type=type_, required=leaf.required)
