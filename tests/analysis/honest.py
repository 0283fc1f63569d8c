"""Honest amendments: they tighten, or they change nothing that a red line stops."""

from __future__ import annotations

from amendments import Change

HONEST = [
    # Red lines become stricter
    Change("a lower limit", "issuer", "args.persons.size() > 20", "args.persons.size() > 10"),
    Change(
        "a lower daily limit",
        "issuer",
        "facts.persons_24h + args.persons.size() > 100",
        "facts.persons_24h + args.persons.size() > 80",
    ),
    Change("a lower limit in a register", "issuer", "args.limit > 100", "args.limit > 50"),
    Change("reached instead of passed", "issuer", "args.limit > 100", "args.limit >= 100"),
    Change(
        "fewer receivers", "operator", "args.recipients.size() > 50", "args.recipients.size() >= 50"
    ),
    Change(
        "more words in a pattern", "issuer", "everyone|everybody", "everyone|everybody|tutti|alle"
    ),
    Change("a pattern without an anchor", "operator", "(?i)top secret", "(?i)secret"),
    Change("spaces in a pattern", "operator", "(?i)top secret", "(?i)top\\\\s*secret"),
    Change(
        "a longer set",
        "operator",
        "blocked: [rival.example, leak.example]",
        "blocked: [rival.example, leak.example, spy.example]",
    ),
    Change(
        "more programs",
        "operator",
        "dangerous: [dd, mkfs, shred]",
        "dangerous: [dd, mkfs, shred, wipefs]",
    ),
    Change("more words for everybody", "issuer", '"any", ', '"any", "whoever", '),
    Change(
        "a wider definition",
        "operator",
        'large: args.amount.over("50000.00 EUR")',
        'large: args.amount.at_least("50000.00 EUR")',
    ),
    Change(
        "a wider definition by an or",
        "operator",
        'large: args.amount.over("50000.00 EUR")',
        'large: args.amount.over("50000.00 EUR") || args.recipients.size() > 3',
    ),
    Change("longer nights", "operator", "now.getHours() >= 22", "now.getHours() >= 21"),
    Change("a folder further up", "operator", 'p.within("/srv/archive")', 'p.within("/srv")'),
    Change("a shorter prefix", "operator", 'startsWith("/secret")', 'startsWith("/sec")'),
    Change(
        "one more disjunct",
        "operator",
        "u.site in sets.blocked || u.has_credentials",
        'u.site in sets.blocked || u.has_credentials || u.scheme == "http"',
    ),
    Change(
        "a conjunct less",
        "operator",
        'action.purpose == "" && args.paths.size() > 10',
        "args.paths.size() > 10",
    ),
    Change(
        "one more rule",
        "operator",
        "  - when: args.recipients.size() > 50\n",
        "  - when: args.recipients.size() > 50\n  - when: args.recipients.exists(r, r.lookalike)\n",
    ),
    Change(
        "a rule without a condition",
        "operator",
        "kind: red_line\non: effect moves_machine\ndeny:\n",
        "kind: red_line\non: effect moves_machine\ndeny:\n  - when: 'true'\n",
    ),
    Change("a lower limit for calls", "operator", "facts.calls_1h > 500", "facts.calls_1h > 400"),
    Change(
        "a longer silence",
        "operator",
        'facts.quiet < duration("1s")',
        'facts.quiet < duration("2s")',
    ),
    Change("a larger quorum", "issuer", "quorum: {supervisor: 2}", "quorum: {supervisor: 3}"),
    Change(
        "a larger quorum of treasurers",
        "operator",
        "quorum: {treasurer: 2}\n    decide_by",
        "quorum: {treasurer: 3}\n    decide_by",
    ),
    Change(
        "one more role",
        "operator",
        "quorum: {treasurer: 2}\n    decide_by",
        "quorum: {treasurer: 2, watch: 1}\n    decide_by",
    ),
    Change("shorter to decide", "operator", "decide_by: 30m", "decide_by: 20m"),
    Change("shorter to use", "operator", "use_by: 5m", "use_by: 3m"),
    Change(
        "held from a smaller amount",
        "operator",
        'when: args.amount.over("10000.00 EUR")',
        'when: args.amount.over("5000.00 EUR")',
    ),
    Change(
        "hold becomes deny",
        "issuer",
        "hold:\n  - quorum: {supervisor: 2}\n```\n\n## Article 3",
        "  - when: action.autonomy.supervised\n```\n\n## Article 3",
    ),
    Change(
        "on one more effect",
        "operator",
        "kind: red_line\non: effect moves_machine",
        "kind: red_line\non: [effect moves_machine, effect uses_force]",
    ),
    Change(
        "on one more vendor", "operator", "on: vendor rival", "on: [vendor rival, vendor other]"
    ),
    Change("on every tool of a name", "operator", "on: vendor rival", "on: anything"),
    # The same in other words
    Change(
        "a negation pushed inside",
        "operator",
        "!args.recipients.all(r, r.inside)",
        "args.recipients.exists(r, !r.inside)",
    ),
    Change(
        "exists pulled apart",
        "operator",
        "args.urls.exists(u, u.site in sets.blocked || u.has_credentials)",
        "args.urls.exists(u, u.site in sets.blocked) || args.urls.exists(u, u.has_credentials)",
    ),
    Change(
        "conjuncts the other way round",
        "issuer",
        "has(args.limit) && args.limit > 100",
        "has(args.limit) && !(args.limit <= 100)",
    ),
    Change(
        "a difference instead of a sum",
        "issuer",
        "facts.persons_24h + args.persons.size() > 100",
        "facts.persons_24h > 100 - args.persons.size()",
    ),
    Change(
        "minutes instead of hours",
        "operator",
        "now.getHours() >= 22 || now.getHours() < 6",
        "now.getHours() * 60 + now.getMinutes() >= 1320 || now.getHours() <= 5",
    ),
    Change(
        "a set written out",
        "operator",
        "u.site in sets.blocked",
        'u.site == "rival.example" || u.site == "leak.example"',
    ),
    Change(
        "a set in another order",
        "operator",
        "blocked: [rival.example, leak.example]",
        "blocked: [leak.example, rival.example]",
    ),
    Change("a pattern with groups", "issuer", "anyone|each", "any(?:one)|each"),
    Change(
        "a pattern for a prefix", "operator", 't.startsWith("/secret")', 't.matches("^/secret")'
    ),
    Change(
        "a definition put in",
        "operator",
        "facts.secrets_read && defs.outside",
        "facts.secrets_read && args.recipients.exists(r, !r.inside)",
    ),
    Change(
        "one rule as two",
        "operator",
        "  - when: now.getHours() >= 22 || now.getHours() < 6\n",
        "  - when: now.getHours() >= 22\n  - when: now.getHours() < 6\n",
    ),
    Change(
        "what cannot be read stays refused",
        "operator",
        "args.command.opaque || args.command.programs",
        "args.command.programs",
    ),
    Change("a definition renamed", "operator", "large", "fortune"),
    Change("an article renamed", "operator", "{#night}", "{#nights}"),
    Change("an article with another number", "operator", "## Article 28.", "## Article 29."),
    Change(
        "a red line in other prose",
        "operator",
        "Nobody moves a fortune; large",
        "Nobody moves a fortune. Large",
    ),
    # Everything that is no red line
    Change(
        "a default loosened", "issuer", "args.amount.minor > 1000000", "args.amount.minor > 2000000"
    ),
    Change(
        "a default taken out",
        "operator",
        "```article\nkind: default\non: effect sends_outside\nhold:\n  - when: args.content.exists(c, c.size() > 5000)\n    quorum: {treasurer: 1}\n```",
        "```article\nkind: guideline\n```",
    ),
    Change(
        "an entrenched article loosened",
        "issuer",
        "kind: entrenched\non: effect weakens_security\nhold:\n  - quorum: {supervisor: 1}",
        "kind: entrenched\non: effect weakens_security\nhold:\n  - when: intent.exposed\n    quorum: {supervisor: 1}",
    ),
    Change(
        "a grant lifts a default",
        "issuer",
        "args.targets.size() > 20 || args.paths.size() > 20\n    quorum: {supervisor: 1}",
        "args.targets.size() > 20 || args.paths.size() > 20\n    quorum: {supervisor: 1}\n    lifted_by_grant: true",
    ),
    Change("unlisted refused", "issuer", "unlisted: hold", "unlisted: deny"),
    Change(
        "one new treasurer",
        "operator",
        "treasurer: [dora, erik, fay]",
        "treasurer: [dora, erik, fay, ivan]",
    ),
    Change(
        "a treasurer less", "operator", "treasurer: [dora, erik, fay]", "treasurer: [dora, erik]"
    ),
    Change(
        "a role that releases no red line",
        "operator",
        "watch: [hugo, ines, jean]",
        "watch: [kim, lea, max]",
    ),
    Change("no votes in a terminal", "issuer", "terminal_roles: [clerk]", "terminal_roles: []"),
    # Facts that remember more
    Change("a longer window", "issuer", "window: 24h\n  scope: user", "window: 48h\n  scope: user"),
    Change(
        "no window",
        "operator",
        "calls_1h: {kind: count, on: effect opens_url, window: 1h}",
        "calls_1h: {kind: count, on: effect opens_url}",
    ),
    Change(
        "a fact that counts more",
        "operator",
        "secrets_read: {kind: once, on: effect reads_secrets}",
        "secrets_read: {kind: once, on: [effect reads_secrets, effect changes_credentials]}",
    ),
    Change(
        "a sum of more",
        "operator",
        "paid_24h: {kind: sum, on: effect pays",
        "paid_24h: {kind: sum, on: [effect pays, effect commits]",
    ),
    Change(
        "one more fact",
        "operator",
        "quiet: {kind: last",
        "mails: {kind: count, on: effect sends_outside, window: 1h}\nquiet: {kind: last",
    ),
    # The catalogue
    Change(
        "one more tool",
        "catalogue",
        "  run_command:\n",
        "  translate:\n    schema: {type: object, properties: {words: {type: string}}}\n    effects: [computes]\n  run_command:\n",
    ),
    Change(
        "one more effect",
        "catalogue",
        "effects: [moves_machine]",
        "effects: [moves_machine, monitors_people]",
    ),
    Change(
        "a schema that takes less",
        "catalogue",
        "name: {type: string, maxLength: 400}",
        "name: {type: string, maxLength: 200}",
    ),
    Change(
        "an argument less",
        "catalogue",
        "        note: {type: string}\n      required: [name]\n    effects: [judges_people]",
        "        note: {type: string, maxLength: 100}\n      required: [name, note]\n    effects: [judges_people]",
    ),
    Change(
        "another description",
        "catalogue",
        "description: Name pattern",
        "description: A pattern of names",
    ),
    Change(
        "a harmless tool's schema",
        "catalogue",
        "day: {type: string, description: Day}",
        "day: {type: string, description: Day, maxLength: 10}",
    ),
    # The organisation
    Change(
        "a domain less",
        "operator",
        "domains: [ministry.example, office.example]",
        "domains: [ministry.example]",
    ),
]
