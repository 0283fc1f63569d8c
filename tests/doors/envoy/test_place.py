"""Where the door listens: on this host, or where both sides show certificates."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from doors_envoy import Talk
from gateway_running import Running, ask

from gardefou.doors.envoy import EnvoyDoor
from gardefou.doors.gateway import EnvoySettings
from gardefou.doors.gateway._load import parse_settings
from gardefou.errors import FileError, LoadError

STORE = b'[store]\nledger = "l.db"\nkey = "l.key"\n[upstreams.o]\nkind = "openai"\n'
TLS = 'certificate = "c.pem"\nkey = "k.pem"\nclients = "ca.pem"\n'


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ('listen = "0.0.0.0:9001"', "settings.envoy_open"),
        ('listen = "gardefou.example:9001"', "settings.envoy_open"),
        ('listen = "127.0.0.1:9001"\ncertificate = "c.pem"', "settings.envoy_open"),
        ('listen = "[::]:9001"\ncertificate = "c.pem"\nkey = "k.pem"', "settings.envoy_open"),
        ('listen = "nowhere"', "settings.value"),
        ('listen = "unix:relative.sock"', "settings.value"),
        ("port = 9001", "settings.unknown"),
    ],
)
def test_a_place_where_others_could_ask_is_a_mistake(table: str, code: str) -> None:
    with pytest.raises(LoadError) as mistaken:
        parse_settings(STORE + f"[envoy]\n{table}\n".encode())
    assert code in {problem.code for problem in mistaken.value.problems}


@pytest.mark.parametrize(
    "table",
    [
        "",
        'listen = "[::1]:9001"',
        'listen = "unix:/run/g/envoy.sock"',
        f'listen = "0.0.0.0:9001"\n{TLS}',
    ],
)
def test_a_place_for_envoy_alone_is_none(table: str, tmp_path: Path) -> None:
    settings = parse_settings(STORE + f"[envoy]\n{table}\n".encode(), folder=tmp_path)
    assert settings.envoy is not None
    assert settings.envoy.clients in ("", str(tmp_path / "ca.pem"))


@pytest.fixture
def opened(running: Running) -> Iterator[Any]:
    """Opens doors of a running gateway."""
    doors: list[EnvoyDoor] = []

    def in_loop(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, running.loop).result(20)

    def one(settings: EnvoySettings) -> EnvoyDoor:
        door = EnvoyDoor(settings)
        in_loop(door.open(running.gateway))
        doors.append(door)
        return door

    yield one
    for door in doors:
        in_loop(door.close(0))


def status(channel: grpc.Channel, running: Running) -> int:
    """What a request comes to that needs no upstream; 0 when the door does not open."""
    talk = Talk(channel)
    talk.ask(ask(), "/v1/files", key=running.key)
    talk.finish()
    channel.close()
    return talk.status


def test_a_place_that_is_taken_is_said(running: Running, opened: Any) -> None:
    door = opened(EnvoySettings(listen="127.0.0.1:0"))
    with pytest.raises(FileError) as taken:
        opened(EnvoySettings(listen=door.place))
    assert taken.value.code == "envoy.listen"


def test_a_socket_in_a_folder_serves(running: Running, opened: Any, tmp_path: Path) -> None:
    place = f"unix:{tmp_path}/e.sock"
    opened(EnvoySettings(listen=place))
    assert status(grpc.insecure_channel(place), running) == 403


def test_with_certificates_only_who_shows_one_may_ask(
    running: Running, opened: Any, tmp_path: Path
) -> None:
    authority, key = certificate("authority")
    mine = certificate("envoy", authority, key)
    its = certificate("gardefou", authority, key)
    for name, data in (("ca", pem(authority)), ("c", pem(its[0])), ("k", pem(its[1]))):
        (tmp_path / f"{name}.pem").write_bytes(data)
    settings = EnvoySettings(
        listen="127.0.0.1:0",
        certificate=str(tmp_path / "c.pem"),
        key=str(tmp_path / "k.pem"),
        clients=str(tmp_path / "ca.pem"),
    )
    place = opened(settings).place
    with_one = grpc.ssl_channel_credentials(pem(authority), pem(mine[1]), pem(mine[0]))
    without = grpc.ssl_channel_credentials(pem(authority))
    assert status(grpc.secure_channel(place, with_one), running) == 403
    assert status(grpc.secure_channel(place, without), running) == 0
    assert status(grpc.insecure_channel(place), running) == 0


def test_a_certificate_that_is_not_there_is_said(opened: Any, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    with pytest.raises(FileError) as said:
        opened(EnvoySettings(certificate=missing, key=missing, clients=missing))
    assert said.value.code == "envoy.certificate"


def certificate(name: str, authority: Any = None, key: Any = None) -> tuple[Any, Any]:
    """A certificate for loopback with its key, by an authority or by itself."""
    own = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if authority is None else authority.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(own if key is None else key, hashes.SHA256())
    )
    return made, own


def pem(value: Any) -> bytes:
    if isinstance(value, x509.Certificate):
        return value.public_bytes(serialization.Encoding.PEM)
    return bytes(
        value.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
