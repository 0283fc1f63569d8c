"""The door's place: a gRPC server in the gateway's own event loop.

Whoever may ask here is handed the vendors' secrets with each request that goes on. So it is a place
on this host, or one where both sides show certificates; the settings allow nothing else.
"""

from __future__ import annotations

import logging
from pathlib import Path

import grpc

from gardefou.doors.envoy._processor import Processor
from gardefou.doors.gateway.core import EnvoySettings, Gateway, event
from gardefou.errors import FileError

MESSAGE_LIMIT_BYTES = 16_777_216  # Envoy's pieces are as large as what it buffers, 1 MiB by default


class EnvoyDoor:
    """Answers the Envoys in front of one gateway."""

    def __init__(self, settings: EnvoySettings) -> None:
        """Keep where to listen."""
        self._settings = settings
        self._server: grpc.aio.Server | None = None
        self.port = 0

    async def open(self, gateway: Gateway) -> None:
        """Begin to answer.

        Raises:
            FileError: ``envoy.listen`` when the place is taken, ``envoy.certificate`` when a
                certificate or key cannot be read.
        """
        settings, server = self._settings, gateway.settings.server
        made = grpc.aio.server(
            options=[
                # Processes of one gateway share the place; anybody else who has it is a mistake.
                ("grpc.so_reuseport", int(server.processes > 1)),
                ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
            ],
            maximum_concurrent_rpcs=server.connections,
        )
        made.add_generic_rpc_handlers((Processor(gateway).handlers(),))
        credentials = self._credentials()
        try:
            if credentials is None:
                self.port = made.add_insecure_port(settings.listen)
            else:
                self.port = made.add_secure_port(settings.listen, credentials)
        except RuntimeError:
            raise FileError(
                f"cannot listen for Envoy at `{settings.listen[:60]}`",
                code="envoy.listen",
                help="choose another place with envoy.listen, or stop what is there",
            ) from None
        await made.start()
        self._server = made
        event(logging.INFO, "envoy_ready", listen=self.place)

    @property
    def place(self) -> str:
        """Where it listens, with the port that the system chose for port 0."""
        listen = self._settings.listen
        host = listen.rpartition(":")[0]
        return listen if listen.startswith("unix:") else f"{host}:{self.port}"

    async def close(self, drain_s: float) -> None:
        """Take nothing new, let what is under way finish within this time, then break off."""
        if self._server is not None:
            await self._server.stop(drain_s)

    def _credentials(self) -> grpc.ServerCredentials | None:
        settings = self._settings
        if not settings.certificate:
            return None
        try:
            key = Path(settings.key).read_bytes()
            certificate = Path(settings.certificate).read_bytes()
            clients = Path(settings.clients).read_bytes()
        except OSError as error:
            raise FileError(
                f"a certificate for Envoy cannot be read: {(error.strerror or 'unknown').lower()}",
                code="envoy.certificate",
                help="check envoy.certificate, envoy.key and envoy.clients",
            ) from None
        return grpc.ssl_server_credentials(
            [(key, certificate)], root_certificates=clients, require_client_auth=True
        )
