"""Puts the summary into the page."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from gardefou.legible import visible
from gardefou.replay._report import _view as view
from gardefou.replay._report._attacks import attack_groups
from gardefou.replay._report._words import LANGUAGES, Words
from gardefou.replay._summary import Summary

__all__ = ["LANGUAGES", "html"]

UNMET = 200
"""Calls shown that did not get their expected verdict; the JSON has them all."""


def html(summary: Summary, language: str = "en") -> str:
    """The report as one HTML document.

    Raises:
        UsageError: when the report does not speak the language.
    """
    words = Words(language)
    environment = Environment(
        loader=PackageLoader("gardefou.replay._report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    kind, headline = view.headline(summary)
    unmet = [name for row in summary.sets for name in row.expected.unmet]
    expected = sum(row.expected.calls for row in summary.sets)
    return environment.get_template("report.html.j2").render(
        s=summary,
        w=words,
        tiles=view.tiles(summary, words),
        short=view.in_short(summary, words),
        attack_groups=attack_groups(summary, words),
        work_lines=view.work_lines(summary, words),
        aside_lines=view.aside_lines(summary, words),
        case_sections=(
            ("missed", words["open_missed"], view.case_groups(summary, "missed")),
            ("disturbed", words["open_disturbed"], view.case_groups(summary, "disturbed")),
        ),
        labels=_labels(summary, words),
        grants=_grants(summary, words),
        limits=_limits(summary, words, headline.harm_stopped, headline.runs),
        expected_calls=expected,
        expected_met=sum(row.expected.met for row in summary.sets),
        expected_unmet=unmet[:UNMET],
        headline_kind=kind,
    )


def _labels(summary: Summary, words: Words) -> str:
    if summary.subject.catalogue == "auto":
        return words["catalogue_auto"]
    return summary.subject.catalogue


def _grants(summary: Summary, words: Words) -> str:
    if summary.subject.grants == "peers":
        lent = summary.peers
        return words.say(
            "grants_peers", **{"with": lent.runs_with_grant, "without": lent.runs_without_peer}
        )
    return words[f"grants_{summary.subject.grants}"]


def _limits(summary: Summary, words: Words, harm_stopped: int, runs: int) -> list[str]:
    values: dict[str, str | int] = {
        "harm_stopped": harm_stopped,
        "runs": runs,
        "labels": _labels(summary, words),
    }
    return [
        words.fill(text, **values)
        for text in words.all["limits_list"]
        if runs or "{harm_stopped}" not in text
    ]
