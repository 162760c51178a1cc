"""The trace that what a handler appends goes with."""

import pytest
from opentelemetry.sdk.trace import TracerProvider

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.envelope import Envelope
from koppel.kernel.ids import new_id
from koppel.platform.consumer.subscriptions import ReceivedEvent
from koppel.testing.organisations import Organisation

CLICK = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("test")


def _received(traceparent: str | None) -> ReceivedEvent[AdministrationRenamed]:
    envelope = Envelope(
        id=str(new_id()),
        type=AdministrationRenamed.type_name(),
        source="urn:koppel:import-svc",
        subject=None,
        time=None,
        organisation_id=None,
        sequence=1,
        traceparent=traceparent,
    )
    return ReceivedEvent(Organisation().renamed("Jansen"), envelope)


def test_a_click_goes_with_all_that_follows_from_it() -> None:
    with TRACER.start_as_current_span("process sync-svc"):
        assert _received(CLICK).cause().traceparent == CLICK


@pytest.mark.parametrize(
    "foreign", [None, "", "no trace", CLICK + "-" + "x" * 100_000, CLICK.replace("1", "0")]
)
def test_where_an_event_has_no_trace_it_is_the_one_that_applies_it(foreign: str | None) -> None:
    with TRACER.start_as_current_span("process sync-svc") as span:
        told = _received(foreign).cause().traceparent
    assert told is not None
    assert told.split("-")[1] == f"{span.get_span_context().trace_id:032x}"


def test_where_nobody_traces_there_is_none() -> None:
    assert _received(None).cause().traceparent is None
