"""Figures for Prometheus: a registry of our own, no label that a caller can choose.

Counters are plain attributes that the hot path adds to; they become samples when they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gardefou.doors.gateway._conversation import Conversations

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Timing:
    """A histogram of durations."""

    def __init__(self) -> None:
        """Begin empty."""
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.total_s += seconds
        for index, bound in enumerate(BUCKETS_S):
            if seconds <= bound:
                self.counts[index] += 1
                return
        self.counts[-1] += 1


class Metrics(Collector):
    """What one gateway process counts."""

    def __init__(self, conversations: Conversations) -> None:
        """Begin at zero, with a registry that holds nothing else."""
        self._conversations = conversations
        self.requests: Counter[tuple[str, int]] = Counter()
        self.decisions: Counter[tuple[str, str, str]] = Counter()
        self.upstream_errors: Counter[tuple[str, str]] = Counter()
        self.tokens: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.streams = 0
        self.active = 0
        self.reloads: Counter[str] = Counter()
        self.duration = Timing()
        self.before_upstream = Timing()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """Everything, in Prometheus' text form."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The samples; their names are documented in docs/reference/metrics.md."""
        requests = CounterMetricFamily(
            "gardefou_requests", "Requests answered.", labels=["wire", "status"]
        )
        for (wire, status), count in self.requests.items():
            requests.add_metric([wire, str(status)], count)
        yield requests
        decisions = CounterMetricFamily(
            "gardefou_decisions", "Decisions.", labels=["kind", "verdict", "mode"]
        )
        for labels, count in self.decisions.items():
            decisions.add_metric(list(labels), count)
        yield decisions
        errors = CounterMetricFamily(
            "gardefou_upstream_errors", "Upstreams that failed.", labels=["upstream", "code"]
        )
        for names, count in self.upstream_errors.items():
            errors.add_metric(list(names), count)
        yield errors
        yield from _simple("gardefou_tokens", "Tokens that vendors counted.", "way", self.tokens)
        yield from _simple(
            "gardefou_refused", "Requests refused before a decision.", "code", self.refused
        )
        yield from _simple("gardefou_reloads", "Reloads of the policy.", "outcome", self.reloads)
        known = self._conversations
        yield from _simple(
            "gardefou_session_cache",
            "Look-ups of known conversations.",
            "outcome",
            Counter({"hit": known.hits, "miss": known.misses}),
        )
        yield GaugeMetricFamily("gardefou_active_requests", "Requests under way.", self.active)
        yield GaugeMetricFamily("gardefou_open_streams", "Streams under way.", self.streams)
        yield _histogram("gardefou_request_seconds", "From head to last byte.", self.duration)
        yield _histogram(
            "gardefou_before_upstream_seconds",
            "From head to the request's way upstream.",
            self.before_upstream,
        )


def _simple(name: str, text: str, label: str, counts: Counter[str]) -> Iterator[Metric]:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    yield family


def _histogram(name: str, text: str, timing: Timing) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, text)
    total, buckets = 0, []
    for bound, count in zip((*BUCKETS_S, float("inf")), timing.counts, strict=True):
        total += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), total))
    family.add_metric([], buckets, timing.total_s)
    return family
