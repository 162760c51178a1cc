"""The closed list of metrics."""

from typing import get_args

import pytest

from koppel.platform.telemetry.metric_names import METRICS, CounterName, GaugeName, HistogramName
from koppel.platform.telemetry.metrics import Metrics


def test_the_list_and_the_types_agree() -> None:
    kinds = {"counter": CounterName, "histogram": HistogramName, "gauge": GaugeName}
    for kind, names in kinds.items():
        assert set(get_args(names)) == {name for name, metric in METRICS.items() if metric.kind == kind}


def test_names_tell_their_unit() -> None:
    for name, metric in METRICS.items():
        assert name.startswith("koppel_")
        assert (metric.kind == "counter") == name.endswith("_total"), name
        assert metric.kind != "histogram" or name.endswith("_seconds"), name
        assert metric.meaning


def test_what_was_counted_is_exposed() -> None:
    metrics = Metrics()
    metrics.count("koppel_sync_records_total", 3, resource="contact", result="changed")
    metrics.observe("koppel_job_seconds", 0.2, task="purge")
    metrics.gauge("koppel_relay_shards", lambda: 16)
    metrics.gauge("koppel_consumer_state", lambda: 1, consumer="sync-svc")
    text = metrics.exposition().decode()
    assert 'koppel_sync_records_total{resource="contact",result="changed"} 3.0' in text
    assert 'koppel_job_seconds_count{task="purge"} 1.0' in text
    assert "koppel_relay_shards 16.0" in text
    assert 'koppel_consumer_state{consumer="sync-svc"} 1.0' in text
    assert "_created" not in text


def test_an_undeclared_name_or_label_is_refused() -> None:
    metrics = Metrics()
    with pytest.raises(KeyError):
        metrics.count("koppel_made_up_total")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        metrics.count("koppel_logins_total", user="x")


def test_a_gauge_is_exposed_by_processes_that_measure_it_alone() -> None:
    """An alert on a role that is gone asks for a series that others do not have."""
    metrics = Metrics()
    assert "koppel_relay_oldest_pending_seconds " not in metrics.exposition().decode()
    for _ in range(2):
        metrics.gauge("koppel_relay_oldest_pending_seconds", lambda: 7)
    assert "koppel_relay_oldest_pending_seconds 7.0" in metrics.exposition().decode()


def test_no_label_is_one_that_prometheus_gives() -> None:
    """It would call ours `exported_job`, and rules that ask for it would get the service's name."""
    assert not {label for metric in METRICS.values() for label in metric.labels} & {"job", "instance"}
