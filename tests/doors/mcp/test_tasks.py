"""Held calls as tasks, and the tasks of a server behind (design A4.4 rule 1)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from doors_counterparts import OPEN, SOURCE, Lines, free_port, running, server
from doors_office import WHO, agree, holds_of
from doors_wire import ADD, PAY, Wire, call, request, run
from mcp.client.client import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, Request, RequestParams, Result

from gardefou import Door
from gardefou.constitution.catalogue import Catalogue, Parameter, ResultField, Tool
from gardefou.doors.mcp import Message, read_message
from gardefou.doors.mcp._fanout import Fanout, Side
from gardefou.ledger import create_ledger, make_key, save_key

EXTENSION = "io.modelcontextprotocol/tasks"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "modern", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {EXTENSION: {}}},
}
LABELS = Catalogue(
    tools={
        "add": Tool(name="add", effects=("computes",), results=(ResultField(writer="outsider"),)),
        "pay": Tool(name="pay", effects=("pays",), parameters={"amount": Parameter(role="amount")}),
    }
)
PAID = {"content": [{"type": "text", "text": "paid"}]}


class Paying(Wire):
    """A server that pays when it is asked by the relay itself."""

    paid: int = 0
    delay_s: float = 0.0

    async def ask(self, data: bytes, id_: str | int, **more: float) -> Message:
        said = json.loads(data)
        if said["method"] != "tools/call":
            return await super().ask(data, id_, **more)
        self.at_server.append(said)
        self.paid += 1
        await asyncio.sleep(self.delay_s)
        return read_message(json.dumps({"jsonrpc": "2.0", "id": id_, "result": PAID}).encode())


def wire(door: Door, folder: Path) -> Paying:
    return Paying(door.rulings, folder / "mcp", [ADD, PAY], given=LABELS, wait_s=30)


def held(*, modern: bool, amount: str = "500.00 EUR", id_: int = 1) -> dict[str, Any]:
    message = call("pay", id_, amount=amount)
    message["params"] |= {"_meta": META} if modern else {"task": {"ttl": 60_000}}
    return message


def about(method: str, task: str, *, modern: bool, id_: int = 2) -> dict[str, Any]:
    more: dict[str, Any] = {"_meta": META} if modern else {}
    return request(f"tasks/{method}", id_, taskId=task, **more)


def begun(w: Paying, *, modern: bool) -> str:
    (answer,) = run(w.client(held(modern=modern)))
    result = answer["result"]
    task = result if modern else result["task"]
    assert task["status"] == "working"
    assert result.get("resultType") == ("task" if modern else None)
    assert task["ttlMs" if modern else "ttl"] > 0
    assert task["pollIntervalMs" if modern else "pollInterval"] == 5_000
    assert w.paid == 0
    return str(task["taskId"])


def hold_of(task: str) -> str:
    return task.rpartition(".")[2]


@pytest.mark.parametrize("modern", [True, False])
def test_an_approved_task_runs_once_and_has_its_result(
    door: Door, tmp_path: Path, modern: bool
) -> None:
    """Law 5: the stored call, once."""
    w = wire(door, tmp_path)
    task = begun(w, modern=modern)
    (waiting,) = run(w.client(about("get", task, modern=modern)))
    assert waiting["result"]["status"] == "working"
    agree(door, hold_of(task))
    (done,) = run(w.client(about("get", task, modern=modern, id_=3)))
    assert done["result"]["status"] == "completed"
    if modern:
        assert done["result"]["result"] == {**PAID, "resultType": "complete"}
    else:
        (told,) = run(w.client(about("result", task, modern=False, id_=4)))
        assert told["result"]["content"] == PAID["content"]
        assert told["result"]["_meta"] == {"io.modelcontextprotocol/related-task": {"taskId": task}}
    run(w.client(about("get", task, modern=modern, id_=5)))
    assert w.paid == 1
    (sent,) = w.reached("tools/call")
    assert (sent["params"]["name"], sent["params"]["arguments"]) == (
        "pay",
        {"amount": "500.00 EUR"},
    )
    assert "task" not in sent["params"]
    assert holds_of(door).get(hold_of(task)).state == "done"


@pytest.mark.parametrize("modern", [True, False])
def test_a_denied_task_is_a_result_that_says_why(door: Door, tmp_path: Path, modern: bool) -> None:
    w = wire(door, tmp_path)
    task = begun(w, modern=modern)
    agree(door, hold_of(task), "deny")
    (over,) = run(w.client(about("get", task, modern=modern)))
    if modern:
        assert over["result"]["status"] == "completed"
        result = over["result"]["result"]
    else:
        assert over["result"]["status"] == "failed"
        result = run(w.client(about("result", task, modern=False, id_=3)))[0]["result"]
    assert result["isError"] is True
    assert "denied" in result["content"][0]["text"]
    assert w.paid == 0


@pytest.mark.parametrize("modern", [True, False])
def test_cancelling_withdraws_the_hold(door: Door, tmp_path: Path, modern: bool) -> None:
    w = wire(door, tmp_path)
    task = begun(w, modern=modern)
    (told,) = run(w.client(about("cancel", task, modern=modern)))
    if modern:
        assert told["result"] == {"resultType": "complete"}
    else:
        assert told["result"]["status"] == "cancelled"
    assert holds_of(door).get(hold_of(task)).state == "withdrawn"
    (after,) = run(w.client(about("get", task, modern=modern, id_=3)))
    assert after["result"]["status"] == "cancelled"
    (again,) = run(w.client(about("cancel", task, modern=modern, id_=4)))
    assert ("result" in again) is modern
    assert w.paid == 0


def test_asking_for_the_result_waits_until_people_have_decided(door: Door, tmp_path: Path) -> None:
    w = wire(door, tmp_path)
    task = begun(w, modern=False)

    async def both() -> list[dict[str, Any]]:
        asked = asyncio.create_task(w.client(about("result", task, modern=False)))
        await asyncio.sleep(0.05)
        assert not asked.done()
        await asyncio.to_thread(agree, door, hold_of(task))
        return await asked

    (told,) = run(both())
    assert told["result"]["content"] == PAID["content"]
    assert w.paid == 1


def test_many_questions_at_once_run_it_once(door: Door, tmp_path: Path) -> None:
    w = wire(door, tmp_path)
    task = begun(w, modern=True)
    agree(door, hold_of(task))
    w.delay_s = 0.1

    async def ask() -> None:
        questions = (about("get", task, modern=True, id_=n) for n in range(10, 30))
        await asyncio.gather(*(w.client(question) for question in questions))

    run(ask())
    (done,) = run(w.client(about("get", task, modern=True)))
    assert (w.paid, done["result"]["status"]) == (1, "completed")


@pytest.mark.parametrize("method", ["get", "cancel", "update"])
def test_a_task_is_nobody_elses(door: Door, tmp_path: Path, method: str) -> None:
    """Law 6; rule 2: the id alone is worth nothing."""
    w = wire(door, tmp_path)
    task = begun(w, modern=True)
    other = wire(door, tmp_path)
    other.relay.desk.principal = type(WHO)(tenant="acme", application="desk", user="mallory")
    (answer,) = run(other.client(about(method, task, modern=True)))
    (missing,) = run(other.client(about(method, f"{task}0", modern=True)))
    assert answer["error"]["code"] == -32602
    assert answer["error"] == missing["error"]
    assert holds_of(door).get(hold_of(task)).state == "pending"


def test_without_the_extension_there_is_no_task(door: Door, tmp_path: Path) -> None:
    w = wire(door, tmp_path)
    w.relay.desk.wait_s = 0.05
    plain = {**META, "io.modelcontextprotocol/clientCapabilities": {}}
    message = held(modern=True)
    message["params"]["_meta"] = plain
    (answer,) = run(w.client(message))
    assert answer["result"]["resultType"] == "input_required"
    task = begun(w, modern=True)
    question = about("get", task, modern=True)
    question["params"]["_meta"] = plain
    (refused,) = run(w.client(question))
    assert refused["error"]["code"] == -32021


def test_a_repeated_call_is_the_same_task(door: Door, tmp_path: Path) -> None:
    w = wire(door, tmp_path)
    assert begun(w, modern=True) == begun(w, modern=True)


def test_an_allowed_call_is_answered_by_the_server(door: Door, tmp_path: Path) -> None:
    w = wire(door, tmp_path)
    w.results = {"tools/call": PAID}
    message = call("add", 1, a=1, b=2)
    message["params"]["_meta"] = META
    assert run(w.client(message))[0]["result"] == PAID


def test_what_the_server_can_is_told_with_the_extension(door: Door, tmp_path: Path) -> None:
    w = wire(door, tmp_path)
    w.results = {"server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {}}}
    (told,) = run(w.client(request("server/discover", _meta=META)))
    assert told["result"]["capabilities"] == {"extensions": {EXTENSION: {}}}


class Through(Paying):
    """The same behind a fan-out of several servers."""

    def behind(self, said: list[dict[str, Any]]) -> Fanout:
        async def collect(data: bytes) -> None:
            said.append(json.loads(data))

        self.fanout = Fanout(collect, self.notes.append)
        self.fanout.add("demo", Side(relay=self.relay, link=self))
        return self.fanout

    async def to_client(self, data: bytes) -> None:
        await self.fanout.server_says("demo", data)


def test_behind_several_servers_a_held_call_is_a_task_too(door: Door, tmp_path: Path) -> None:
    said: list[dict[str, Any]] = []
    w = Through(door.rulings, tmp_path / "mcp", [ADD, PAY], given=LABELS, wait_s=30)
    fanout = w.behind(said)
    first = held(modern=True)
    first["params"]["name"] = "demo__pay"
    run(fanout.client_says(json.dumps(first).encode()))
    task = said[-1]["result"]["taskId"]
    agree(door, hold_of(task))
    run(fanout.client_says(json.dumps(about("get", task, modern=True)).encode()))
    assert said[-1]["result"]["result"]["content"] == PAID["content"]
    run(fanout.client_says(json.dumps(about("get", "t9", modern=True)).encode()))
    assert said[-1]["error"]["code"] == -32602


# The server's own tasks


@pytest.mark.parametrize("modern", [True, False])
def test_a_task_of_the_server_is_passed_on_and_its_result_is_noted(
    bare: Door, tmp_path: Path, modern: bool
) -> None:
    w = wire(bare, tmp_path)
    theirs = {"taskId": "t1", "status": "working"}
    w.results = {"tools/call": {"resultType": "task", **theirs} if modern else {"task": theirs}}
    message = call("add", 1, a=1, b=2)
    message["params"] |= {"_meta": META} if modern else {"task": {}}
    run(w.client(message))
    assert ("task" in w.reached("tools/call")[0]["params"]) is not modern
    told = {"content": [{"type": "text", "text": "the sum is 3"}]}
    done = {"taskId": "t1", "status": "completed", "result": told}
    w.results = {"tasks/get": done, "tasks/result": told, "tasks/list": {"tasks": [theirs, {}]}}
    memory = w.relay.peer.session.memory
    assert memory.exposed is False
    (answer,) = run(w.client(about("get" if modern else "result", "t1", modern=modern)))
    assert answer["result"] == (done if modern else told)
    assert memory.exposed is True, "an outsider's text is known as one"
    if not modern:
        (listed,) = run(w.client(request("tasks/list", 5)))
        assert [task["taskId"] for task in listed["result"]["tasks"]] == ["t1"]


@pytest.mark.parametrize("method", ["get", "result", "cancel", "update"])
def test_a_task_that_nobody_began_here_is_not_known(
    bare: Door, tmp_path: Path, method: str
) -> None:
    """Rule 5: its result would have no origin."""
    w = wire(bare, tmp_path)
    w.results = {f"tasks/{method}": {"content": []}}
    (answer,) = run(w.client(about(method, "t9", modern=True)))
    assert answer["error"]["code"] == -32602
    assert w.reached(f"tasks/{method}") == []


def test_what_a_task_of_the_server_asks_the_client_is_decided(bare: Door, tmp_path: Path) -> None:
    w = wire(bare, tmp_path)
    w.results = {"tools/call": {"resultType": "task", "taskId": "t1", "status": "working"}}
    message = call("add", 1, a=1, b=2)
    message["params"]["_meta"] = META
    run(w.client(message))
    ask = {"method": "elicitation/create", "params": {"message": "Your password?"}}
    w.results = {
        "tasks/get": {"taskId": "t1", "status": "input_required", "inputRequests": {"k": ask}}
    }
    (answer,) = run(w.client(about("get", "t1", modern=True)))
    assert answer["error"]["code"] == -32001


def test_a_task_of_the_reference_server_is_the_same_behind_the_proxy(tmp_path: Path) -> None:
    """The tool of `server-everything` that runs as a task of 2025-11-25 alone."""
    behind = server("@modelcontextprotocol/server-everything")
    (tmp_path / "law.md").write_text(OPEN, encoding="utf-8")
    words = [sys.executable, "-c", "from gardefou.cli import main; main()", "mcp"]
    words += ["--tools", str(tmp_path / "mcp"), "--constitution", str(tmp_path / "law.md")]

    def speak(command: list[str]) -> tuple[str, str]:
        talk = Lines(command, tmp_path)
        try:
            client = {"name": "test", "version": "1"}
            hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
            talk.ask(request("initialize", 1, **hello))
            talk.say(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
            message = call("simulate-research-query", 2, topic="bread", ambiguous=False)
            message["params"]["task"] = {"ttl": 60_000}
            task = talk.ask(message)["result"]["task"]
            found = talk.ask(about("result", task["taskId"], modern=False, id_=3))["result"]
            return task["status"], found["content"][0]["text"]
        finally:
            if command is behind:
                talk.process.terminate()  # it does not end when its input does
            talk.end()

    without = speak(behind)
    assert "bread" in without[1]
    assert speak([*words, "--", *behind]) == without


# The SDK's client, with the extension


SERVER = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("bank")

@server.tool()
def pay(amount: str) -> str:
    "Pay an amount."
    return f"paid {amount}"

server.run()
"""


class GetParams(RequestParams):
    task_id: str


class GetTask(Request[GetParams, Literal["tasks/get"]]):
    method: Literal["tasks/get"] = "tasks/get"
    params: GetParams


class Detailed(Result):
    status: str
    result: dict[str, Any] | None = None


class Begun(Result):
    result_type: Literal["task"] = "task"
    task_id: str
    status: str


class Polling(ClientExtension):
    """What the extension asks of a client: poll until the task is over."""

    identifier = EXTENSION

    def __init__(self, between: Any) -> None:
        self.between = between
        self.seen: list[str] = []

    def claims(self) -> list[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=Begun, resolve=self._resolve)]

    async def _resolve(self, begun: Begun, context: ClaimContext) -> CallToolResult:
        question = GetTask(params=GetParams(task_id=begun.task_id))
        while True:
            found = await context.session.send_request(question, Detailed)
            self.seen.append(found.status)
            if found.status != "working":
                return CallToolResult.model_validate(found.result)
            await asyncio.to_thread(self.between, begun.task_id)


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_the_sdks_client_polls_its_held_call_and_has_the_result(
    law: Path, tmp_path: Path, transport: str
) -> None:
    location = str(tmp_path / "tasks.db")
    key = make_key("ledger.example/tasks", seeds=(b"t" * 32,))
    save_key(key, Path(f"{location}.key"))
    create_ledger(location, key)
    (tmp_path / "bank.py").write_text(SERVER, encoding="utf-8")
    labels = (
        "catalogue: 1\ntools:\n  pay: {effects: [pays], parameters: {amount: {role: amount}}}\n"
    )
    (tmp_path / "labels.yaml").write_text(labels, encoding="utf-8")
    program = [sys.executable, "-c", "from gardefou.cli import main; main()"]
    env = {**os.environ, "PYTHONPATH": str(SOURCE), "HOME": str(tmp_path)}
    words = [*program, "mcp", "--name", "bank", "--tools", str(tmp_path / "mcp")]
    words += ["--constitution", str(law), "--catalogue", str(tmp_path / "labels.yaml")]
    words += ["--ledger", location, "--user", "ulla"]

    def approve(task: str) -> None:
        """Ada votes in a terminal; the proxy owns the ledger and counts the vote."""
        hold = hold_of(task)

        def ask(*more: str) -> str:
            done = subprocess.run(
                [*program, "hold", *more],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                env=env,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        shown = json.loads(ask("show", location, hold, "--json"))
        ask(
            *("approve", location, hold, "--by", "ada", "--reason", "the bill is ours"),
            *("--seen", shown["hold"]["digest"], "--constitution", str(law)),
        )

    polling = Polling(approve)

    async def speak(target: Any) -> CallToolResult:
        async with Client(target, mode="2026-07-28", extensions=[polling]) as client:
            return await client.call_tool("pay", {"amount": "500.00 EUR"})

    if transport == "stdio":
        command = [*words, "--", sys.executable, str(tmp_path / "bank.py")]
        parameters = StdioServerParameters(command=command[0], args=command[1:], env=env)
        with (tmp_path / "stderr").open("w", encoding="utf-8") as stderr:
            result = asyncio.run(speak(stdio_client(parameters, errlog=stderr)))
    else:
        behind, before = free_port(), free_port()
        text = SERVER.replace("server.run()", f'server.run("streamable-http", port={behind})')
        (tmp_path / "bank.py").write_text(text, encoding="utf-8")
        words += ["--upstream", f"http://127.0.0.1:{behind}/mcp"]
        words += ["--listen", f"127.0.0.1:{before}"]
        with (
            running([sys.executable, str(tmp_path / "bank.py")], behind),
            running(words, before) as url,
        ):
            result = asyncio.run(speak(url))
    assert (result.is_error, result.content[0].text) == (False, "paid 500.00 EUR")
    assert polling.seen == ["working", "completed"]
