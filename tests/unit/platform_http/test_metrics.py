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
    metrics.observe("koppel_job_seconds", 0.2, job="purge")
    metrics.gauge("koppel_relay_shards", lambda: 16)
    metrics.gauge("koppel_consumer_state", lambda: 1, consumer="sync-svc")
    text = metrics.exposition().decode()
    assert 'koppel_sync_records_total{resource="contact",result="changed"} 3.0' in text
    assert 'koppel_job_seconds_count{job="purge"} 1.0' in text
    assert "koppel_relay_shards 16.0" in text
    assert 'koppel_consumer_state{consumer="sync-svc"} 1.0' in text
    assert "_created" not in text


def test_an_undeclared_name_or_label_is_refused() -> None:
    metrics = Metrics()
    with pytest.raises(KeyError):
        metrics.count("koppel_made_up_total")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        metrics.count("koppel_logins_total", user="x")
