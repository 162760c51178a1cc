"""The numbers of /metrics in OTLP's shape."""

import math

from opentelemetry.sdk.metrics.export import Gauge, Histogram, Metric, NumberDataPoint, Sum
from opentelemetry.sdk.resources import Resource

from koppel.platform.telemetry.metric_export import as_otlp
from koppel.platform.telemetry.metrics import Metrics


def exported(metrics: Metrics) -> dict[str, Metric]:
    """By name."""
    data = as_otlp(metrics.families(), Resource.create({}), began=1, now=2)
    [scope] = data.resource_metrics[0].scope_metrics
    return {each.name: each for each in scope.metrics}


def test_a_counter_is_a_sum_since_the_start() -> None:
    metrics = Metrics()
    metrics.count("koppel_relay_published_total", 3, topic="t")
    found = exported(metrics)["koppel_relay_published"].data
    assert isinstance(found, Sum)
    assert list(found.data_points) == [NumberDataPoint({"topic": "t"}, 1, 2, 3)]
    assert found.is_monotonic


def test_a_gauge_that_is_not_measured_yet_is_left_out() -> None:
    metrics, shown = Metrics(), {"waiting": math.nan}
    metrics.gauge("koppel_grants_reauthorization_required", lambda: shown["waiting"])
    assert "koppel_grants_reauthorization_required" not in exported(metrics)
    shown["waiting"] = 4
    found = exported(metrics)["koppel_grants_reauthorization_required"].data
    assert isinstance(found, Gauge)
    assert [each.value for each in found.data_points] == [4]


def test_buckets_hold_what_lies_in_them_alone() -> None:
    metrics = Metrics()
    for seconds in (0.0007, 0.0007, 0.002, 5_000):
        metrics.observe("koppel_relay_publish_seconds", seconds)
    found = exported(metrics)["koppel_relay_publish_seconds"].data
    assert isinstance(found, Histogram)
    [point] = found.data_points
    assert list(point.explicit_bounds)[:2] == [0.001, 0.0025]
    assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
    assert list(point.bucket_counts)[:3] + list(point.bucket_counts)[-1:] == [2, 1, 0, 1]
    assert (point.count, round(point.sum)) == (4, 5_000)


def test_label_sets_of_a_histogram_stay_apart() -> None:
    metrics = Metrics()
    for mode in ("full", "incremental"):
        metrics.observe("koppel_sync_run_seconds", 1, mode=mode)
    found = exported(metrics)["koppel_sync_run_seconds"].data
    assert isinstance(found, Histogram)
    assert [dict(each.attributes or {}) for each in found.data_points] == [
        {"mode": "full"},
        {"mode": "incremental"},
    ]


def test_a_histogram_that_nobody_observed_says_nothing() -> None:
    assert "koppel_sync_run_seconds" not in exported(Metrics())
