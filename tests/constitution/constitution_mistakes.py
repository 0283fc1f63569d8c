"""One small document for every code of a load error; « stands where the mistake is reported."""

from __future__ import annotations

from constitution_texts import FRONT, RED, article, document

PAYS = "kind: default\non: effect pays\n"
HOLD = "kind: default\non: effect pays\nhold:\n"


def facts(text: str) -> str:
    """A document with a block of facts."""
    return document(f"```facts\n{text}\n```\n\n{RED}")


MISTAKES: dict[str, str] = {
    # the text
    "text.control": document("«\x07" + RED),
    "text.hidden": document(article(PAYS + "hold:\n  - quorum: {watch: 1} # «\u200b")),
    "text.bom": "«\ufeff" + document(),
    # Markdown
    "front.missing": "«# Constitution\n\n" + RED,
    "front.open": "«---\n" + FRONT + RED,
    "markdown.block": document(RED + "\n«```artcle\nkind: default\n```\n"),
    "markdown.heading": document(RED + "\n«## Article 2 Two\n\nProse.\n"),
    "markdown.html": document(RED + "\n«<!-- hidden -->\n"),
    "markdown.reference": document(RED + "\n«[//]: # (the model reads this, nobody else does)\n"),
    "markdown.nested": document(RED + "\n- item\n\n«  ```article\n  kind: guideline\n  ```\n"),
    "markdown.outside": document("«```article\nkind: guideline\n```\n\n" + RED),
    "markdown.unterminated": document(RED + "\n«```facts\nf: {}\n"),
    # YAML
    "yaml.syntax": document(article(PAYS + "hold: [«}")),
    "yaml.document": document(article("«---\n" + PAYS)),
    "yaml.type": document(article("«- kind")),
    "yaml.limit": document(article(PAYS + "hold: " + "[" * 12 + "«[" + "]" * 13)),
    "yaml.alias": document(article(PAYS + "hold:\n  - when: «*a\n    quorum: {watch: 1}")),
    "yaml.tag": document(article(PAYS + "hold:\n  - when: «!intent.asked\n    quorum: {watch: 1}")),
    "yaml.key": document(article(PAYS + "? «[a]\n: b")),
    "yaml.duplicate_key": document(article(PAYS + "«on: effect writes")),
    # keys and values
    "key.unknown": document(article(PAYS + "«denny:\n  - when: intent.asked")),
    "key.missing": document(front="«version: 1\nlanguage: 1\n"),
    "value.type": document(front=FRONT.replace("[alice]", "[«1]")),
    "value.text": document(front=FRONT.replace("Ministry of Examples", '«""')),
    "value.integer": document(front=FRONT.replace("version: 1", "version: «1_0")),
    "value.duration": document(article(HOLD + "  - quorum: {watch: 1}\n    use_by: «10 minutes")),
    "value.name": document("```sets\n«Staff: [a]\n```\n\n" + RED),
    "value.duplicate": document(article("kind: default\non: [effect pays, «effect pays]")),
    "value.condition": document(article(PAYS + "deny:\n  - when: «[a]")),
    # front matter
    "front.language": document(front=FRONT.replace("language: 1", "language: «2")),
    "front.unlisted": document(front=FRONT + "unlisted: «hodl\n"),
    "front.currency": document(
        article("kind: default\non: effect deletes"), FRONT.replace("EUR", "«EURO")
    ),
    "front.domain": document(front=FRONT + "organisation: {domains: [«com]}\n"),
    "role.spelling": document(front=FRONT.replace("[alice]", "[«Alice]")),
    "role.unknown": document(front=FRONT + "terminal_roles: «[wach]\n"),
    "layer.unknown": document(front=FRONT + "layer: «operater\n"),
    # articles
    "article.none": "«" + document("Nothing here.\n"),
    "article.number": document(RED + "\n«" + article("kind: guideline", anchor="other")),
    "article.anchor": document(
        RED + "\n«" + article("kind: guideline", number="2", anchor="payments")
    ),
    "article.no_prose": document("«" + article("kind: guideline", prose="")),
    "article.no_block": document("«## Article 1. One {#one}\n\nProse.\n"),
    "article.kind": document(article("kind: «defalt\non: effect pays")),
    "article.kinds": document(RED + "\n«```article\n" + PAYS + "```\n"),
    "article.guideline": document(article("kind: guideline\n«on: effect pays")),
    "article.no_rule": document(article("«kind: red_line\non: effect pays")),
    "article.allows_all": document(article("«kind: default\non: anything")),
    # what an article is on
    "on.missing": document(article("«kind: default")),
    "on.form": document(article("kind: default\non: «pays")),
    "on.unknown_effect": document(
        article("kind: default\non: effect writes\n").replace("effect writes", "«effect wrytes")
    ),
    "on.unknown_kind": document(article("kind: default\non: «kind tool.cal")),
    "on.mixed": document(article("kind: default\non: «[effect pays, tool x]")),
    "on.needs_catalogue": document(
        article('kind: default\non: tool x\ndeny:\n  - when: «args.y == "z"')
    ),
    # holds
    "hold.who": document(article(HOLD + "  - «when: intent.asked")),
    "hold.none": document(article(PAYS + "quorum: «{watch: 1}")),
    "hold.consent": document(article("kind: red_line\non: effect pays\nhold:\n  - consent: «true")),
    "hold.grant": document(
        article(
            "kind: red_line\non: effect pays\nhold:\n  - quorum: {watch: 1}\n    lifted_by_grant: «true"
        )
    ),
    "hold.escalate": document(
        article(HOLD + "  - quorum: {watch: 1}\n    decide_by: 5m\n    escalate_after: «5m")
    ),
    "hold.red_line": document(
        article(
            HOLD.replace("kind: default", "kind: red_line")
            + "  - quorum: {watch: 1}\n    escalate_to: «{watch: 2}"
        )
    ),
    "quorum.unknown_role": document(article(HOLD + "  - quorum: {«wach: 1}")),
    "quorum.impossible": document(article(HOLD + "  - quorum: «{watch: 3, chiefs: 1}")),
    # sets and definitions
    "set.duplicate": document("```sets\ns: [a]\n```\n\n```sets\n«s: [b]\n```\n\n" + RED),
    "definition.duplicate": document(
        "```definitions\nd: intent.asked\n```\n\n```definitions\n«d: intent.asked\n```\n\n" + RED
    ),
    "definition.unknown": document("```definitions\n«d: defs.e\n```\n\n" + RED),
    "definition.cycle": document("```definitions\n«d: '!defs.d'\n```\n\n" + RED),
    # facts
    "fact.duplicate": document(
        "```facts\nf: {kind: once, on: effect pays}\n```\n\n"
        "```facts\n«f: {kind: once, on: effect pays}\n```\n\n" + RED
    ),
    "fact.kind": facts("f: {kind: «cout, on: effect pays}"),
    "fact.on": facts("f: {kind: count, on: «kind model.response}"),
    "fact.scope": facts("f: {kind: once, on: effect pays, scope: «sesion}"),
    "fact.key": facts("f: {kind: count, on: effect pays, «of: args.amount}"),
    "fact.needs": facts("f: «{kind: sum, on: effect pays}"),
    "fact.of": facts("f: {kind: sum, on: effect pays, of: «args.recipients}"),
    "fact.currency": document(
        "```facts\nf: {kind: sum, on: effect pays, of: «args.amount}\n```\n\n" + RED,
        FRONT.replace("currency: EUR\n", ""),
    ),
    "fact.direction": document(
        "```facts\nf: {kind: count, on: effect pays, window: 1h}\n```\n\n"
        + article("kind: red_line\non: effect pays\ndeny:\n  - when: «facts.f < 2")
    ),
    # conditions
    "conditions.unknown_field": document(
        article(
            PAYS + "deny:\n  - when: |\n      intent.asked &&\n        args.«recipient.size() > 1"
        )
    ),
    "conditions.unknown_name": document(article(PAYS + "deny:\n  - when: «agrs.amount == 1")),
    "conditions.unguarded": document(
        article("kind: default\non: effect commits\ndeny:\n  - when: «args.amount.minor > 1")
    ),
    # properties
    "property.must": document(RED + "\n```property\nname: n\non: effect pays\nmust: «allow\n```\n"),
    "property.quorum": document(
        RED + "\n```property\nname: n\non: effect pays\nmust: deny\nquorum: «{watch: 1}\n```\n"
    ),
    "property.duplicate": document(
        RED
        + "\n```property\nname: n\non: effect pays\nmust: hold\n```\n"
        + "\n«```property\nname: n\non: effect pays\nmust: deny\n```\n"
    ),
}
