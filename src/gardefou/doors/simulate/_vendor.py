"""The simulated vendor without its network: a request in, what goes out back.

It checks requests as the vendors do, so that whoever stands between breaks nothing unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gardefou.action import parse
from gardefou.doors.simulate import _chat, _messages, _responses
from gardefou.doors.simulate._conversation import Asked, BadRequest
from gardefou.doors.simulate._errors import Problem, error_body, failure_bytes
from gardefou.doors.simulate._faults import Outgoing, one_piece, stream
from gardefou.doors.simulate._other import MODELS, embeddings, model, models
from gardefou.doors.simulate._reply import reply
from gardefou.doors.simulate._script import Answer, Failure, Wire
from gardefou.errors import InputError

_PATH = re.compile(
    r"(?:/.*)?/(?P<what>chat/completions|responses|messages/count_tokens|messages|embeddings|models)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<verb>cancel))?\Z"
)
_JSON = "application/json"


class Answers(Protocol):
    """Where answers come from."""

    def answer(self, asked: Asked) -> Answer | None:
        """The answer to a request, or None when there is none."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A request; the names of ``headers`` are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def anthropic(self) -> bool:
        """Whether the request speaks to Anthropic, by its header or its path."""
        return "anthropic-version" in self.headers or "/messages" in self.path

    @property
    def wire(self) -> Wire:
        """The wire whose error form is used."""
        if self.anthropic:
            return "messages"
        return "responses" if "/responses" in self.path else "chat"


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """An answer on its way out. ``pace_ms`` passes before each piece but the first."""

    status: int
    headers: dict[str, str]
    outgoing: Outgoing
    streamed: bool = False
    delay_ms: int = 0
    pace_ms: int = 0
    serial: int = 0
    asked: Asked | None = None


class Vendor:
    """A vendor that plays a part; it numbers its answers and takes the time as given."""

    def __init__(
        self, answers: Answers, *, at_s: int, key: str = "", names: tuple[str, ...] = ()
    ) -> None:
        """Play these answers; with ``key`` only that key is let in, with ``names`` only those models."""
        self._answers = answers
        self._at_s = at_s
        self._key = key
        self._names = names
        self._serial = 0
        self._store = _responses.Store()

    def serve(self, incoming: Incoming) -> Served:
        """Answer one request; whatever is wrong with it is answered too."""
        self._serial += 1
        try:
            return self._served(incoming)
        except BadRequest as error:
            problem = Problem(
                status=error.status, message=error.message, code=error.code, param=error.param
            )
        except InputError as error:
            problem = Problem(status=400, message=f"the body cannot be read: {error.message}")
        value = error_body(incoming.wire, problem, request_id=self._request_id)
        return self._json(value, status=problem.status)

    @property
    def _request_id(self) -> str:
        return f"req_sim_{self._serial:06d}"

    def _served(self, incoming: Incoming) -> Served:
        self._admit(incoming)
        found = _PATH.match(incoming.path)
        if found is None:
            raise BadRequest(f"there is no {incoming.path} here", status=404)
        what, name, verb = found["what"], found["name"], found["verb"]
        if name is not None or what == "models":
            return self._json(self._named(incoming, what, name, verb))
        if incoming.method != "POST":
            raise BadRequest(f"{incoming.method} is not allowed here", status=405)
        body = self._body(incoming)
        match what:
            case "embeddings":
                return self._json(embeddings(body))
            case "messages/count_tokens":
                counted = _messages.read_count(body)
                return self._json({"input_tokens": counted.input_tokens})
            case "chat/completions":
                return self._answer(_chat.read(body))
            case "messages":
                return self._answer(_messages.read(body))
        return self._answer(_responses.read(body, self._store))

    def _admit(self, incoming: Incoming) -> None:
        headers = incoming.headers
        given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if self._key and given != self._key:
            raise BadRequest("Incorrect API key provided.", status=401, code="invalid_api_key")

    def _body(self, incoming: Incoming) -> dict[str, Any]:
        body = parse(incoming.body)
        if not isinstance(body, dict) or not isinstance(body.get("model"), str):
            raise BadRequest("you must provide a model parameter", param="model")
        if self._names and body["model"] not in self._names:
            raise BadRequest(
                f"The model '{body['model']}' does not exist.", status=404, code="model_not_found"
            )
        if incoming.anthropic and "anthropic-version" not in incoming.headers:
            raise BadRequest("anthropic-version: header is required")
        return body

    def _named(self, incoming: Incoming, what: str, name: str | None, verb: str | None) -> Any:
        """Things that have a name: models, and responses that were stored."""
        if what == "models" and incoming.method == "GET":
            names = self._names or MODELS
            at_s, anthropic = self._at_s, incoming.anthropic
            if name is None:
                return models(names, at_s=at_s, anthropic=anthropic)
            if self._names and name not in names:
                raise BadRequest(f"The model '{name}' does not exist.", status=404)
            return model(name, at_s=at_s, anthropic=anthropic)
        if what == "responses" and name is not None:
            match incoming.method, verb:
                case "GET", None:
                    return self._store.response(name)
                case "DELETE", None:
                    self._store.forget(name)
                    return {"id": name, "object": "response", "deleted": True}
                case "POST", "cancel":
                    return {**self._store.response(name), "status": "cancelled"}
        raise BadRequest(f"there is no {incoming.method} {incoming.path} here", status=404)

    def _answer(self, asked: Asked) -> Served:
        answer = self._answers.answer(asked)
        if answer is None:
            raise BadRequest(
                f"the script has no answer for turn {asked.turn} on the wire {asked.wire} "
                f"to '{asked.user[:80]}'",
                code="simulation_no_answer",
            )
        if answer.error is not None:
            served = self._failed(asked, answer.error)
        elif asked.stream:
            served = self._streamed(asked, answer)
        else:
            served = self._whole(asked, answer)
        return msgspec.structs.replace(
            served,
            delay_ms=answer.delay_ms,
            pace_ms=answer.pace_ms,
            serial=self._serial,
            asked=asked,
        )

    def _failed(self, asked: Asked, failure: Failure) -> Served:
        data, kind = failure_bytes(asked.wire, failure, request_id=self._request_id)
        headers = self._headers(kind)
        if failure.retry_after_s is not None:
            headers["retry-after"] = str(failure.retry_after_s)
        return Served(status=failure.status, headers=headers, outgoing=Outgoing([data]))

    def _streamed(self, asked: Asked, answer: Answer) -> Served:
        said = reply(answer, asked, serial=self._serial, at_s=self._at_s)
        if asked.wire == "responses":
            self._keep(asked, _responses.body(said))
        writer = {"chat": _chat, "messages": _messages, "responses": _responses}[asked.wire]
        outgoing = stream(list(writer.events(said)), asked.wire, answer.breaks)
        kind = outgoing.content_type or "text/event-stream; charset=utf-8"
        headers = {**self._headers(kind), "cache-control": "no-cache"}
        return Served(status=200, headers=headers, outgoing=outgoing, streamed=True)

    def _whole(self, asked: Asked, answer: Answer) -> Served:
        said = reply(answer, asked, serial=self._serial, at_s=self._at_s)
        if asked.wire == "responses":
            value = _responses.body(said)
            self._keep(asked, value)
            if asked.body.get("background") is True:
                value = _responses.body(said, "queued")
        else:
            value = (_chat if asked.wire == "chat" else _messages).body(said)
        outgoing = one_piece(msgspec.json.encode(value), answer.breaks)
        headers = self._headers(outgoing.content_type or _JSON)
        return Served(status=200, headers=headers, outgoing=outgoing)

    def _keep(self, asked: Asked, response: dict[str, Any]) -> None:
        if asked.body.get("store") is not False:
            self._store.keep(response, _responses.items_of(asked.body, self._store))

    def _json(self, value: Any, *, status: int = 200) -> Served:
        data = msgspec.json.encode(value)
        return Served(status=status, headers=self._headers(_JSON), outgoing=Outgoing([data]))

    def _headers(self, content_type: str) -> dict[str, str]:
        return {
            "content-type": content_type,
            "x-gardefou-simulation": "true",
            "x-request-id": self._request_id,
            "request-id": self._request_id,
        }
