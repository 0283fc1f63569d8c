"""Traces over OTLP: one span for each request, with names and verdicts and no content.

The attributes follow OpenTelemetry's conventions for generative AI as they stood in 2026, which are
still in development; telemetry is no ledger, it only shares the trace's id with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gardefou import __version__
from gardefou.doors.gateway._settings import TelemetrySettings
from gardefou.errors import UsageError


class Span:
    """One request's span, or nothing where no traces are kept."""

    def __init__(self, span: Any = None) -> None:
        """Wrap the library's span."""
        self._span = span

    @property
    def trace_id(self) -> str:
        """The trace's id as 32 hexadecimal digits; empty without traces."""
        return "" if self._span is None else f"{self._span.get_span_context().trace_id:032x}"

    def note(self, name: str, value: str | int) -> None:
        """Add an attribute."""
        if self._span is not None:
            self._span.set_attribute(name, value)


_NOTHING = Span()


class Telemetry:
    """Makes spans and sends them, or does nothing."""

    def __init__(self, settings: TelemetrySettings) -> None:
        """Begin to send, when there is a place to send to.

        Raises:
            UsageError: ``telemetry.extra`` when the extra is missing.
        """
        self._provider: Any = None
        self._tracer: Any = None
        self._propagator: Any = None
        if not settings.endpoint:
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
                OTLPSpanExporter,
            )
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
            from opentelemetry.sdk.trace.export import (  # noqa: PLC0415 - an extra
                BatchSpanProcessor,
            )
            from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - an extra
                TraceContextTextMapPropagator,
            )
        except ImportError:
            raise UsageError(
                "traces need the `telemetry` extra",
                code="telemetry.extra",
                help="pip install 'gardefou[telemetry]', or leave telemetry.endpoint out",
            ) from None
        resource = Resource.create({"service.name": settings.service})
        self._provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=settings.endpoint)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("gardefou", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, wire: str, traceparent: bytes) -> Iterator[Span]:
        """The span of a request; it continues the caller's trace."""
        if self._tracer is None:
            yield _NOTHING
            return
        context = self._propagator.extract({"traceparent": traceparent.decode("ascii", "replace")})
        with self._tracer.start_as_current_span(f"gardefou {wire}", context=context) as span:
            yield Span(span)

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()
