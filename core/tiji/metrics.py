"""Counters of what this process did, kept only where something scrapes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.metrics_core import Metric

#: Several processes share their figures in this folder (prometheus-client's multiprocess mode).
SHARED = "PROMETHEUS_MULTIPROC_DIR"

FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400)

#: The text format that every version of Prometheus reads, and what `exposition` writes.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure as it stands at the moment of the scrape."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class _Meters:
    """The counters and histograms; labels are codes of the program, never of a case or person."""

    def __init__(self) -> None:
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Histogram,
            disable_created_metrics,
        )

        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"tiji_{name}", about, labels, registry=registry)

        def seconds(name: str, about: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(
                f"tiji_{name}_seconds", about, labels, buckets=buckets, registry=registry
            )

        self.actions = counter("actions", "Actions on cases.", "action", "outcome")
        self.sweeps = counter("sweeps", "Sweeps.", "outcome")
        self.swept = counter("swept", "What sweeps did to cases.", "what")
        self.sweep_seconds = seconds("sweep", "Duration of a sweep.", buckets=SLOW)
        self.deliveries = counter("deliveries", "Tries to deliver.", "target", "outcome")
        self.delay = seconds(
            "delivery_delay", "From the commit until it was delivered.", "target", buckets=SLOW
        )
        self.requests = counter("http_requests", "Requests answered.", "route", "status")
        self.request_seconds = seconds(
            "http_request", "Duration of a request.", "route", buckets=FAST
        )

    @cached_property
    def own(self) -> CollectorRegistry:
        """The figures of this one process, its memory and processor time among them."""
        from prometheus_client import ProcessCollector

        ProcessCollector(registry=self.registry)
        return self.registry


_meters: _Meters | None = None


def are_shared() -> bool:
    """Tell whether this process's figures are read by way of another one."""
    return bool(os.environ.get(SHARED))


def start() -> None:
    """Keep figures from now on; before it, and in commands that end at once, nothing is kept."""
    global _meters
    if folder := os.environ.get(SHARED):
        Path(folder).mkdir(parents=True, exist_ok=True)
    _meters = _meters or _Meters()


def acted(action: str, outcome: str) -> None:
    """Count an action: ``done``, ``refused``, ``conflict`` or ``failed``."""
    if _meters:
        _meters.actions.labels(action, outcome).inc()


def swept(outcome: str, seconds: float, counts: Mapping[str, int]) -> None:
    """Count a sweep (``done`` or ``failed``) and what it did."""
    if _meters:
        _meters.sweeps.labels(outcome).inc()
        _meters.sweep_seconds.observe(seconds)
        for what, count in counts.items():
            _meters.swept.labels(what).inc(count)


def delivered(target: str, outcome: str, seconds: float) -> None:
    """Count a try to deliver: ``done``, ``failed`` or ``parked``; seconds since the commit."""
    if _meters:
        _meters.deliveries.labels(target, outcome).inc()
        if outcome == "done":
            _meters.delay.labels(target).observe(seconds)


def served(route: str, status: int, seconds: float) -> None:
    """Count a request by the rule of its route, never by its path."""
    if _meters:
        _meters.requests.labels(route, str(status)).inc()
        _meters.request_seconds.labels(route).observe(seconds)


def exposition(gauges: Iterable[Gauge]) -> bytes:
    """Write all figures as Prometheus reads them; of all processes where they share a folder."""
    from prometheus_client import CollectorRegistry, generate_latest

    start()
    assert _meters
    scrape = CollectorRegistry()
    if are_shared():
        from prometheus_client.multiprocess import MultiProcessCollector

        MultiProcessCollector(scrape)  # type: ignore[no-untyped-call]
    else:
        scrape.register(_meters.own)
    scrape.register(_Gauges(gauges))
    return generate_latest(scrape)


class _Gauges:
    """Give figures of the moment to the library, equal names together."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = list(gauges)

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges:
            if gauge.name not in families:
                families[gauge.name] = GaugeMetricFamily(
                    f"tiji_{gauge.name}", gauge.about, labels=tuple(gauge.labels)
                )
            families[gauge.name].add_metric(tuple(gauge.labels.values()), gauge.value)
        yield from families.values()
