"""A small typed front to the Prometheus client: names come from the closed list, labels must match it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client import Metric as Family
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from koppel.platform.telemetry.metric_names import (
    METRICS,
    CounterName,
    GaugeName,
    HistogramName,
    Metric,
    MetricName,
)

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_UNRECORDED: ContextVar[bool] = ContextVar("unrecorded", default=False)
disable_created_metrics()  # type: ignore[no-untyped-call]  # it would add a second series for each label set, which is not used
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics of one process. Raises KeyError or ValueError on a name or label that is not declared."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._counters: dict[MetricName, Counter] = {}
        self._gauges: dict[MetricName, Gauge] = {}
        self._histograms: dict[MetricName, Histogram] = {}
        self._given: set[GaugeName] = set()
        for name, metric in METRICS.items():
            self._declare(name, metric)

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        """Count, observe and log nothing inside: for work that is rolled back."""
        token = _UNRECORDED.set(True)
        try:
            yield
        finally:
            _UNRECORDED.reset(token)

    @property
    def recording(self) -> bool:
        """Whether what this task does will stay done; see `unrecorded`."""
        return not _UNRECORDED.get()

    def count(self, name: CounterName, n: float = 1, **labels: str) -> None:
        """Add `n` to a counter."""
        if _UNRECORDED.get():
            return
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(n)

    def observe(self, name: HistogramName, value: float, **labels: str) -> None:
        """Record one measured value, in the unit of the name (seconds)."""
        if _UNRECORDED.get():
            return
        histogram = self._histograms[name]
        (histogram.labels(**labels) if labels else histogram).observe(value)

    def gauge(self, name: GaugeName, callback: Callable[[], float], **labels: str) -> None:
        """Ask `callback` at every scrape; it must be quick and must not raise. The last one given counts.

        Only a process that gives one exposes the gauge: alerts ask who is gone by whose series is.
        """
        gauge = self._gauges[name]
        if name not in self._given:
            self._given.add(name)
            self._registry.register(gauge)
        (gauge.labels(**labels) if labels else gauge).set_function(callback)

    def exposition(self) -> bytes:
        """Everything in Prometheus text format (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)

    def families(self) -> Iterable[Family]:
        """Everything as it is now, for other formats."""
        families: Iterable[Family] = self._registry.collect()
        return families

    def value(self, name: MetricName, **labels: str) -> float:
        """The current value of a counter or gauge, 0 when it was never touched; for tests and status pages."""
        return self._registry.get_sample_value(name, labels or None) or 0.0

    def _declare(self, name: MetricName, metric: Metric) -> None:
        match metric.kind:
            case "counter":
                self._counters[name] = Counter(name, metric.meaning, metric.labels, registry=self._registry)
            case "gauge":
                self._gauges[name] = Gauge(name, metric.meaning, metric.labels, registry=None)
            case "histogram":
                self._histograms[name] = Histogram(
                    name, metric.meaning, metric.labels, registry=self._registry, buckets=_BUCKETS
                )


metrics = Metrics()
"""This process's metrics."""
