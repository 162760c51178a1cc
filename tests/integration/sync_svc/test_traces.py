"""One can follow a click to what its sync wrote, and back: by links, since late work is no part of an old trace."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from koppel.contracts.values import SyncMode
from koppel.platform.health import Health
from koppel.platform.telemetry.propagation import remote_span
from koppel.platform.telemetry.tracing import RedactingProcessor
from sync_svc.domain.run import LEASE_KIND
from sync_svc.entrypoints import worker
from sync_svc.entrypoints.jobs import Jobs
from sync_svc.entrypoints.worker import Workers

from .organisation import Organisation


class Spans:
    """What was exported, found by name."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(RedactingProcessor(SimpleSpanProcessor(self._exporter)))
        self.tracer = self.provider.get_tracer("test")

    def named(self, name: str) -> ReadableSpan:
        [found] = [span for span in self._exporter.get_finished_spans() if span.name == name]
        return found


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    made = Spans()
    monkeypatch.setattr(worker, "tracer", made.tracer)
    yield made
    made.provider.shutdown()


async def test_a_run_is_linked_to_what_asked_for_it_and_so_is_what_it_writes(
    organisation: Organisation, spans: Spans
) -> None:
    organisation.provider.add_customers(2)
    with spans.tracer.start_as_current_span("process sync-svc"):
        run_id = await organisation.ask(organisation.request(SyncMode.FULL))
    jobs = Jobs(
        organisation.work,
        organisation.gateway,
        organisation.issuing,
        organisation.budget,
        keep_runs=timedelta(days=1),
    )
    async with organisation.leases.hold(LEASE_KIND, run_id) as lease:
        assert lease is not None
        await Workers(organisation.leases, jobs, Health(), concurrency=1).perform(run_id, lease)
    asked, ran = spans.named("process sync-svc"), spans.named("sync run")
    assert [link.context.span_id for link in ran.links] == [asked.context.span_id]
    assert ran.context.trace_id != asked.context.trace_id
    written = await organisation.rows(
        "select distinct traceparent from event_log where key like $1::uuid::text || '/%'"
        " and type = 'nl.koppel.RecordChanged.v1'"
    )
    told = [remote_span(row["traceparent"]) for row in written]
    assert [span and span.span_id for span in told] == [asked.context.span_id]


async def test_a_run_that_nobody_traced_has_no_link(organisation: Organisation, spans: Spans) -> None:
    assert not trace.get_current_span().get_span_context().is_valid
    run_id = await organisation.ask(organisation.request())
    jobs = Jobs(
        organisation.work,
        organisation.gateway,
        organisation.issuing,
        organisation.budget,
        keep_runs=timedelta(days=1),
    )
    async with organisation.leases.hold(LEASE_KIND, run_id) as lease:
        assert lease is not None
        await Workers(organisation.leases, jobs, Health(), concurrency=1).perform(run_id, lease)
    assert not spans.named("sync run").links
