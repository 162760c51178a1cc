"""Metrics by OTLP: what `/metrics` shows, sent every now and then by a thread of its own."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator
from threading import Event, Thread

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    DataT,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import Metric as Family
from prometheus_client.samples import Sample

log = logging.getLogger(__name__)

_SCOPE = InstrumentationScope("koppel")
_CUMULATIVE = AggregationTemporality.CUMULATIVE
Families = Callable[[], Iterable[Family]]


class MetricExport(Thread):
    """Sends `families()` every `interval` seconds, and once more when it is ended. A send that fails costs that round."""

    def __init__(
        self, families: Families, exporter: MetricExporter, resource: Resource, *, interval: float
    ) -> None:
        super().__init__(name="metric export", daemon=True)
        self._families = families
        self._exporter = exporter
        self._resource = resource
        self._interval = interval
        self._ended = Event()
        self._began = time.time_ns()

    def run(self) -> None:
        while not self._ended.wait(self._interval):
            self._send()

    def end(self) -> None:
        """Send what there is now, and stop; waits for a send under way."""
        self._ended.set()
        self.join()
        self._send()
        self._exporter.shutdown()

    def _send(self) -> None:
        try:
            self._exporter.export(
                as_otlp(self._families(), self._resource, began=self._began, now=time.time_ns())
            )
        except Exception:
            log.exception("metrics were not sent")


def as_otlp(families: Iterable[Family], resource: Resource, *, began: int, now: int) -> MetricsData:
    """The same numbers in OTLP's shape; `began` and `now` in nanoseconds. What is not measured yet (NaN) is left out."""
    metrics = [
        Metric(family.name, family.documentation, "", data)
        for family in families
        if (data := _data(family, began, now)) is not None
    ]
    scope = ScopeMetrics(_SCOPE, metrics, "")
    return MetricsData([ResourceMetrics(resource, [scope], "")])


def _data(family: Family, began: int, now: int) -> DataT | None:
    if family.type == "histogram":
        histograms = list(_histograms(family.samples, began, now))
        return Histogram(histograms, _CUMULATIVE) if histograms else None
    known = [each for each in family.samples if not math.isnan(each.value)]
    points = [NumberDataPoint(each.labels, began, now, each.value) for each in known]
    if not points:
        return None
    return Sum(points, _CUMULATIVE, is_monotonic=True) if family.type == "counter" else Gauge(points)


def _histograms(samples: Iterable[Sample], began: int, now: int) -> Iterator[HistogramDataPoint]:
    """Of each label set: buckets hold what lies in them alone, where Prometheus's hold what is below as well."""
    for labels, told in _by_labels(samples).items():
        bounds = [bound for bound in told if isinstance(bound, float)]
        below = [told[bound] for bound in bounds]
        counts = [int(up - down) for down, up in zip([0.0, *below], below, strict=False)]
        yield HistogramDataPoint(
            dict(labels),
            began,
            now,
            count=int(told["_count"]),
            sum=told["_sum"],
            bucket_counts=counts,
            explicit_bounds=bounds[:-1],  # the last one is infinite, and implied
            min=math.inf,
            max=-math.inf,
        )


def _by_labels(
    samples: Iterable[Sample],
) -> dict[frozenset[tuple[str, str]], dict[float | str, float]]:
    """What belongs together: the upper bounds' numbers in their order, `_count` and `_sum`."""
    found: dict[frozenset[tuple[str, str]], dict[float | str, float]] = {}
    for each in samples:
        labels = frozenset((name, value) for name, value in each.labels.items() if name != "le")
        part = "_" + each.name.rpartition("_")[2]
        of_these = found.setdefault(labels, {})
        of_these[float(each.labels["le"]) if part == "_bucket" else part] = each.value
    return found
