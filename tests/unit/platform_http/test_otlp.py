"""Traces, metrics and logs by OTLP: all of it or what is asked for, without secrets, and off where nobody asks."""

import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from threading import enumerate as threads

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from koppel.platform.settings import KoppelSettings
from koppel.platform.telemetry import metrics
from koppel.platform.telemetry.export import Export, Signal, end_export, start_export
from koppel.platform.telemetry.log_export import LogExport
from koppel.testing.collector import Collector, collecting

CANARY = "kanarie-07e1"
NEEDED = {"kafka_bootstrap_servers": "k:9092", "jwt_issuer": "https://i.test", "jwks_url": "https://i.test/k"}
_SENDERS = ("OtelBatch", "metric export", "end of export")
log = logging.getLogger("koppel.test")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as came:
        yield came


@pytest.fixture(autouse=True)
def root_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was, afterwards."""
    monkeypatch.setattr(logging.getLogger(), "handlers", list(logging.getLogger().handlers))
    monkeypatch.setattr(logging.getLogger(), "level", logging.INFO)


@pytest.fixture(autouse=True)
def no_sender_outlives_its_test() -> Iterator[None]:
    """One that does logs its failures into whatever test of this process is next."""
    yield
    _wait_for_senders()


def _wait_for_senders() -> None:
    senders = [each for each in threads() if each.name.startswith(_SENDERS)]
    for each in senders:
        each.join(30)
    assert [each.name for each in senders if each.is_alive()] == []


def send(export: Export, said: object = "") -> None:
    """A span, a count and a line, and all that is left at the end."""
    resource = Resource.create({"service.name": "test-svc"})
    spans = TracerProvider(resource=resource, shutdown_on_exit=False)
    ends = start_export(export, resource, spans)
    with spans.get_tracer("test").start_as_current_span("work") as span:
        span.set_attribute("note", f"refresh_token={CANARY}")
        metrics.count("koppel_key_notices_total", outcome="of this test")
        log.warning("access_token=%s", CANARY, extra={"said": said, "password": CANARY, "rows": 7})
    end_export(ends, within=30)


def test_all_three_reach_the_collector(collector: Collector) -> None:
    send(Export(collector.url + "/"))
    [span], [line] = collector.spans(), collector.lines()
    assert (span.name, line.body.string_value) == ("work", "access_token=[redacted]")
    assert (line.trace_id, line.span_id) == (span.trace_id, span.span_id)
    assert line.severity_text == "WARNING"
    told = {each.key: each.value for each in line.attributes}
    assert (told["logger"].string_value, told["rows"].int_value) == ("koppel.test", 7)
    counted = collector.metrics()["koppel_key_notices"].sum
    assert counted.is_monotonic
    outcomes = {each.attributes[0].value.string_value for each in counted.data_points}
    assert "of this test" in outcomes  # those of other tests in this process are counted, too
    assert all(b"test-svc" in body for _, body in collector.bodies)


def test_no_secret_is_in_what_was_sent(collector: Collector) -> None:
    send(Export(collector.url), said={"Authorization": f"Bearer {CANARY}"})
    assert collector.paths == {"/v1/traces", "/v1/metrics", "/v1/logs"}
    assert not [path for path, body in collector.bodies if CANARY.encode() in body]


@pytest.mark.parametrize("signal", list(Signal))
def test_only_what_is_asked_for_is_sent(signal: Signal, collector: Collector) -> None:
    send(Export(collector.url, frozenset({signal})))
    assert collector.paths == {f"/v1/{signal}"}


@pytest.mark.parametrize("said", ["caf\udce9", 2**64, {1, 2}, {"x": "caf\udce9"}, object(), None, [b"x"]])
def test_a_value_that_protobuf_does_not_hold_costs_no_line(said: object, collector: Collector) -> None:
    send(Export(collector.url, frozenset({Signal.LOGS})), said)
    assert len(collector.lines()) == 1


def test_lines_of_sending_are_not_sent(collector: Collector) -> None:
    """With a collector that is away each failure would be one more line to send."""
    resource = Resource.create({})
    ends = start_export(Export(collector.url, frozenset({Signal.LOGS})), resource, TracerProvider())
    logging.getLogger("opentelemetry.exporter").error("not sent")
    logging.getLogger("urllib3.connectionpool").warning("Retrying")
    log.error("ours")
    end_export(ends, within=30)
    assert [line.body.string_value for line in collector.lines()] == ["ours"]


def test_headers_are_opentelemetrys_own_variable(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=koppel")
    send(Export(collector.url))
    assert [each["x-tenant"] for each in collector.headers] == ["koppel"] * len(collector.bodies)


def test_nothing_goes_on_once_it_is_ended(collector: Collector) -> None:
    send(Export(collector.url))
    came = len(collector.bodies)
    log.warning("after the end")
    assert not [each for each in logging.getLogger().handlers if isinstance(each, LogExport)]
    assert not [each for each in threads() if each.name == "metric export"]
    assert len(collector.bodies) == came


def test_an_end_that_hangs_is_not_waited_for() -> None:
    hangs = Event()
    end_export([hangs.wait], within=0.01)
    hangs.set()


@pytest.mark.parametrize("name", ["KOPPEL_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_the_collector_has_our_name_or_opentelemetrys(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://c:4318")
    monkeypatch.setenv("KOPPEL_OTLP_SIGNALS", "traces, logs")
    settings = KoppelSettings(**NEEDED)  # type: ignore[arg-type]
    assert settings.otlp_endpoint == "http://c:4318"
    assert settings.otlp_signals == {Signal.TRACES, Signal.LOGS}


def test_our_name_goes_before_opentelemetrys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOPPEL_OTLP_ENDPOINT", "http://ours:4318")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://theirs:4318")
    assert KoppelSettings(**NEEDED).otlp_endpoint == "http://ours:4318"  # type: ignore[arg-type]


def test_without_a_collector_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOPPEL_OTLP_ENDPOINT", "")
    assert KoppelSettings(**NEEDED).otlp_endpoint is None  # type: ignore[arg-type]


def test_work_goes_on_while_a_collector_takes_calls_and_does_not_answer() -> None:
    """What it cannot take is dropped; whoever waited for it here would wait for ever."""
    asked, answers = Event(), Event()

    class Hangs(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            answers.wait()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """It says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hangs)
    Thread(target=server.serve_forever, daemon=True).start()
    resource = Resource.create({})
    spans = TracerProvider(resource=resource, shutdown_on_exit=False)
    ends = start_export(Export(f"http://127.0.0.1:{server.server_port}"), resource, spans)
    for _ in range(3000):
        with spans.get_tracer("test").start_as_current_span("work"):
            log.warning("a line of it")
    assert asked.wait(10)
    assert not answers.is_set()
    end_export(ends, within=0.01)
    answers.set()
    _wait_for_senders()
    server.shutdown()
    server.server_close()
