"""The service that Envoy asks: one stream for each HTTP request, answered by the front desk."""

from __future__ import annotations

import logging
from typing import Any

import grpc

from gardefou.doors.envoy._messages import ProcessingRequest, ProcessingResponse
from gardefou.doors.envoy._through import Through
from gardefou.doors.envoy._transit import Misconfigured, Transit
from gardefou.doors.gateway.core import Caller, Front, Gateway, Gone, event

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"


class Processor:
    """Answers Envoy for one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Answer for this gateway."""
        self._front = Front(gateway)

    def handlers(self) -> Any:
        """What a gRPC server is given."""
        process = grpc.stream_stream_rpc_method_handler(
            self._process,
            request_deserializer=ProcessingRequest.FromString,
            response_serializer=ProcessingResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"Process": process})

    async def _process(self, messages: Any, context: Any) -> None:
        del messages  # read one by one from the context, as the exchange wants them
        transit = Transit(context)
        try:
            scope = await transit.open()
        except Gone:
            await context.abort(grpc.StatusCode.CANCELLED, "there was no request")
        except Misconfigured as error:
            event(logging.ERROR, error.code, message=error.message)
            await transit.refuse(error)
            return
        caller = Caller(scope, transit.receive, transit.send)
        await self._front.counted(caller, self._front.answer(caller, Through(transit)))
        if not transit.is_ended:
            # INVARIANT: after a stream that ends well Envoy goes on by itself.
            await context.abort(grpc.StatusCode.ABORTED, "the answer did not come to its end")
