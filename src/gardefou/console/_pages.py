"""Drawing pages: templates, words, times, and text that nobody can be deceived by."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gardefou.console import _words
from gardefou.console._desk import COOKIE, Desk, NotSignedIn, desk_of, who_asks
from gardefou.console._identity import SignedIn
from gardefou.console._prose import prose, sentence
from gardefou.console._settings import PATH
from gardefou.legible import visible

FOLDER = Path(__file__).parent


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page for whoever is asking."""
    desk = desk_of(request)
    language = _words.chosen(
        request.cookies.get(_words.COOKIE, ""), request.headers.get("accept-language", "")
    )
    environment = _environment(language)
    text = environment.get_template(template).render(
        **values,
        path=PATH,
        here=request.url.path,
        language=language,
        languages=_words.languages(),
        who=_who(request, desk),
        now_us=desk.clock(),
        asset=_asset,
    )
    return HTMLResponse(text, status)


def problem(request: Request, status: int, message: str, way_out: str, code: str) -> Response:
    """A page that says what went wrong and what to do next."""
    return page(request, "problem.html", status, message=message, way_out=way_out, code=code)


def _who(request: Request, desk: Desk) -> dict[str, Any] | None:
    if COOKIE not in request.cookies:
        return None
    try:
        found: SignedIn = who_asks(request)
    except NotSignedIn:
        return None
    return {"name": found.person, "tenant": found.tenant, "roles": desk.roles_of(found)}


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found = _words.translations(language)
    environment.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined] # - added by the extension
    environment.filters["visible"] = visible
    environment.filters["sentence"] = sentence
    environment.filters["prose"] = prose
    environment.filters["when"] = _when
    environment.filters["left"] = lambda left_us: left(left_us, found.ngettext)
    return environment


def _when(at_us: int) -> Markup:
    """A moment: UTC for whoever has no JavaScript, the reader's own zone for everybody else."""
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.isoformat().replace("+00:00", "Z"), at.strftime("%Y-%m-%d %H:%M")
    )


def left(left_us: int, ngettext: Any) -> str:
    """A span of time in the largest unit that says enough; never more than is left."""
    seconds = max(0, left_us // 1_000_000)
    for size, one, many in (
        (86_400, "%d day", "%d days"),
        (3_600, "%d hour", "%d hours"),
        (60, "%d minute", "%d minutes"),
    ):
        if seconds >= 2 * size:
            count = seconds // size
            return str(ngettext(one, many, count) % count)
    return str(ngettext("%d second", "%d seconds", seconds) % seconds)


@cache
def _asset(name: str) -> dict[str, str]:
    """The address of a file of the console, and its digest for browsers to check."""
    data = (FOLDER / "static" / name).read_bytes()
    digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
    return {"url": f"{PATH}/static/{name}", "integrity": f"sha384-{digest}"}
