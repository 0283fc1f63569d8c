"""One tool loop with each vendor's SDK, as an application would write it, at default settings."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import msgspec
import openai
import pytest
from clients_fronts import RESULTS, TASKS, TOOLS, Front, Ran

MOST_TURNS = 6
NODE = Path(__file__).parent / "node"

Runner = Callable[[Front, str], Ran]


def openai_chat(front: Front, text: str, *, stream: bool) -> Ran:
    ran = Ran()
    tools = [{"type": "function", "function": tool} for tool in TOOLS]
    messages: list[Any] = [{"role": "user", "content": text}]
    with openai.OpenAI(base_url=f"{front.base_url}/v1", api_key=front.key) as client:
        for _ in range(MOST_TURNS):
            asked = {"model": "gpt-5", "messages": messages, "tools": tools}
            if stream:
                with client.chat.completions.stream(**asked) as events:
                    message = events.get_final_completion().choices[0].message
            else:
                message = client.chat.completions.create(**asked).choices[0].message
            ran.words += [message.content or "", message.refusal or ""]
            if not message.tool_calls:
                return ran
            messages.append(message)
            for call in message.tool_calls:
                result = ran.tool(call.function.name, json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return ran


def openai_responses(front: Front, text: str, *, stream: bool, stored: bool = False) -> Ran:
    ran = Ran()
    tools = [{"type": "function", "strict": False, **tool} for tool in TOOLS]
    given: list[Any] = [{"role": "user", "content": text}]
    more: dict[str, Any] = {}
    with openai.OpenAI(base_url=f"{front.base_url}/v1", api_key=front.key) as client:
        for _ in range(MOST_TURNS):
            asked = {"model": "gpt-5", "input": given, "tools": tools, **more}
            if stream:
                with client.responses.stream(**asked) as events:
                    response = events.get_final_response()
            else:
                response = client.responses.create(**asked)
            ran.words.append(response.output_text)
            for item in response.output:
                for part in item.content if item.type == "message" else ():
                    ran.words.append(part.refusal if part.type == "refusal" else "")
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                return ran
            if stored:
                given, more = [], {"previous_response_id": response.id}
            else:
                given += [item.to_dict() for item in response.output]
            for call in calls:
                output = ran.tool(call.name, json.loads(call.arguments))
                given.append(
                    {"type": "function_call_output", "call_id": call.call_id, "output": output}
                )
    return ran


def anthropic_messages(front: Front, text: str, *, stream: bool) -> Ran:
    ran = Ran()
    tools = [
        {
            "name": tool["name"],
            "description": tool["description"],
            "input_schema": tool["parameters"],
        }
        for tool in TOOLS
    ]
    messages: list[Any] = [{"role": "user", "content": text}]
    with anthropic.Anthropic(base_url=front.base_url, api_key=front.key) as client:
        for _ in range(MOST_TURNS):
            asked = {
                "model": "claude-sonnet-5",
                "max_tokens": 500,
                "messages": messages,
                "tools": tools,
            }
            if stream:
                with client.messages.stream(**asked) as events:
                    message = events.get_final_message()
            else:
                message = client.messages.create(**asked)
            ran.words += [block.text for block in message.content if block.type == "text"]
            if message.stop_details is not None:
                ran.words.append(message.stop_details.explanation or "")
            calls = [block for block in message.content if block.type == "tool_use"]
            if not calls:
                return ran
            messages.append({"role": "assistant", "content": message.content})
            results = [
                {
                    "type": "tool_result",
                    "tool_use_id": call.id,
                    "content": ran.tool(call.name, call.input),
                }
                for call in calls
            ]
            messages.append({"role": "user", "content": results})
    return ran


def node_home() -> Path:
    """The folder with the npm packages of the lock file, installed once and kept.

    Without node, npm or their registry the test is skipped, and says why.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    lock = (NODE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = cache / "gardefou-tests" / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (home / ".installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, home / name)
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no reason was given"]
            pytest.skip(f"npm cannot install the locked packages: {lines[0]}")
        (home / ".installed").touch()
    shutil.copy(NODE / "loop.mjs", home / "loop.mjs")
    return home


def node(front: Front, text: str, *, client: str, stream: bool) -> Ran:
    """One process runs all tasks of a client; its results are kept for the tests to come."""
    name = text[text.rindex(" (") :]
    texts = tuple(task + name for task in TASKS)
    return _node_tasks(front.base_url, front.key, client, stream, texts)[text]


@functools.cache
def _node_tasks(
    base_url: str, key: str, client: str, stream: bool, texts: tuple[str, ...]
) -> dict[str, Ran]:
    task = {
        "base_url": base_url,
        "key": key,
        "client": client,
        "stream": stream,
        "texts": texts,
        "tools": TOOLS,
        "results": RESULTS,
    }
    done = subprocess.run(
        ["node", "loop.mjs"],
        cwd=node_home(),
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout, done.stderr
    return msgspec.json.decode(done.stdout, type=dict[str, Ran])
