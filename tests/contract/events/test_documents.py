"""Documents about events say what the code says."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from koppel.contracts.asyncapi import asyncapi
from koppel.contracts.catalogue import pages
from koppel.contracts.event import Event
from koppel.contracts.gate.history import schema_of
from koppel.contracts.registry import EVENTS
from koppel.contracts.topics import EVERY_SERVICE, SERVICES

ROOT = Path(__file__).parents[3]


def test_the_event_catalogue_is_what_the_generator_writes() -> None:
    assert (ROOT / "docs/events/README.md").read_text(encoding="utf-8") == pages()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_schema_is_valid_and_closed(event: type[Event]) -> None:
    schema = schema_of(event)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("service", SERVICES)
def test_an_asyncapi_document_names_every_event_of_its_service(service: str) -> None:
    document = asyncapi(service, "1")
    sent = {
        reference["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        if operation["action"] == "send"
        for reference in operation["messages"]
    }
    owners = (service, EVERY_SERVICE)
    own = {f"{event.__name__}-v{event.version}" for event in EVENTS if event.topic.owner in owners}
    assert sent == own
    assert "$defs" not in str(document)
