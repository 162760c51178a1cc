"""The values that a text of an event is said to have are those that its publisher writes."""

from enum import StrEnum

import pytest

from assignment_svc.domain.assignment import Rule
from connection_svc.domain.connection import ReauthorizationReason
from koppel.contracts.assignment import AdministrationAssigned
from koppel.contracts.connection import ConnectionReauthorizationRequired
from koppel.contracts.event import Event
from koppel.contracts.reader import reader_schema
from koppel.contracts.registry import EVENTS
from koppel.contracts.sync import ResourceCount
from koppel.contracts.values import ORIGINS, Value
from koppel.providers import failures
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.failures import FailureKind
from sync_svc.domain.listing import ListingState


def values_of(model: type[Event] | type[Value], field: str) -> list[object]:
    extra = model.model_fields[field].json_schema_extra
    assert isinstance(extra, dict)
    values = extra["x-extensible-enum"]
    assert isinstance(values, list)
    return [*values]


@pytest.mark.parametrize(
    ("model", "field", "written"),
    [
        (ResourceCount, "state", ListingState),
        (ConnectionReauthorizationRequired, "reason", ReauthorizationReason),
        (AdministrationAssigned, "rule", Rule),
    ],
)
def test_a_state_has_the_values_of_its_publisher(
    model: type[Event], field: str, written: type[StrEnum]
) -> None:
    assert values_of(model, field) == [*written]


def test_providers_are_those_of_the_catalogue() -> None:
    for event in EVENTS:
        if "provider" in event.model_fields:
            assert values_of(event, "provider") == [*PROVIDERS]


def test_parts_that_fail_are_those_that_failures_name() -> None:
    named = {kind.origin for kind in vars(failures).values() if isinstance(kind, FailureKind)}
    assert named <= set(ORIGINS)


def test_no_state_of_an_event_is_plain_text() -> None:
    """A word of a fixed set is an enumeration for readers: those that may grow within a version are open."""
    for event in EVENTS:
        schema = reader_schema(event)
        for name in (
            "state",
            "rule",
            "mode",
            "trigger",
            "outcome",
            "phase",
            "who_must_act",
            "resource",
            "provider",
        ):
            for place in (schema, *schema.get("$defs", {}).values()):
                field = place.get("properties", {}).get(name, {"enum": []})
                assert {"enum", "$ref", "anyOf", "const"} & field.keys(), f"{event.__name__}: {name}"
