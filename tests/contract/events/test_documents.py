"""Documents about events say what the code says."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from koppel.contracts.asyncapi import asyncapi
from koppel.contracts.catalogue import pages
from koppel.contracts.event import Event
from koppel.contracts.gate import documents
from koppel.contracts.gate.history import schema_of
from koppel.contracts.registry import EVENTS
from koppel.contracts.topics import EVERY_SERVICE, SERVICES

ROOT = Path(__file__).parents[3]


def test_the_event_catalogue_is_what_the_generator_writes() -> None:
    assert (ROOT / "docs/events/README.md").read_text(encoding="utf-8") == pages()


def test_the_gate_writes_every_document_and_tells_of_those_that_are_not_of_today(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    written = {str(path.relative_to(tmp_path)) for path in documents.write(tmp_path)}
    assert {"docs/events/README.md", "docs/subscribers/types/koppel_events.ts"} <= written
    assert len([name for name in written if name.startswith("docs/events/schemas/")]) == len(EVENTS)
    assert len([name for name in written if name.startswith("docs/events/asyncapi/")]) == len(SERVICES)
    assert list(documents.problems(tmp_path)) == []
    (tmp_path / "docs/events/README.md").write_text("of yesterday", encoding="utf-8")
    (tmp_path / "docs/events/schemas/Gone.v1.json").write_text("{}", encoding="utf-8")
    assert [line.split(" ")[0] for line in documents.problems(tmp_path)] == [
        "docs/events/README.md",
        "docs/events/schemas/Gone.v1.json",
    ]
    assert list(documents.write(tmp_path)) == [tmp_path / "docs/events/README.md"]
    assert list(documents.problems(tmp_path)) == []


def test_where_there_is_no_clone_there_are_no_documents_to_compare(tmp_path: Path) -> None:
    assert list(documents.problems(tmp_path)) == []


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
