"""Invented records in the shape of each family of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Write = Callable[..., Path]


def step(tool: str, **more: Any) -> dict[str, Any]:
    """A recorded call as the benchmark folders write it."""
    return {"i": 0, "tool": tool, "args": {}, "result": None, "error": None, **more}


def suite_run(*calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A run of a suite (AgentDojo, AgentDyn)."""
    return {
        "trace_id": "invented:1",
        "benchmark": "invented",
        "suite": "harbour",
        "user_task_id": "user_task_0",
        "injection_task_id": None,
        "attack": None,
        "user_prompt": "Book a berth.",
        "calls": list(calls),
        **more,
    }


def labelled_run(label: str, *calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A run in the common record of several benchmarks."""
    return {
        "trace_id": "invented:2",
        "benchmark": "invented",
        "group": "berths:0",
        "label": label,
        "user_prompt": "Book a berth.",
        "calls": list(calls),
        "meta": {},
        **more,
    }


def session(label: str, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A session in our own format."""
    return {"trace": "own-1", "set": "harbour", "label": label, "events": list(events), **more}


def call(tool: str, *, result: Any = None, injected: bool = False, **more: Any) -> dict[str, Any]:
    """A call event in our own format."""
    event: dict[str, Any] = {"call": {"tool": tool, "arguments": {}, **more}, "result": result}
    return {**event, "injected": True} if injected else event
