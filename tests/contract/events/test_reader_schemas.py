"""What subscribers read by: open, described to the last field, and true of every event that ever was."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from koppel.contracts.asyncapi import asyncapi
from koppel.contracts.event import Event
from koppel.contracts.gate.examples import examples
from koppel.contracts.gate.golden import golden
from koppel.contracts.gate.history import schema_of
from koppel.contracts.reader import inlined, reader_schema
from koppel.contracts.record import RecordChanged
from koppel.contracts.registry import BY_TYPE, EVENTS
from koppel.contracts.topics import SERVICES, TOPICS
from koppel.contracts.values import ResourceName
from koppel.platform.outbox.batches import partition_of

EACH = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


def objects(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in a document that says something of an object, with where it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "title" in node:
            yield path, node
        for name, part in node.items():
            yield from objects(part, f"{path}/{name}")
    elif isinstance(node, list):
        for number, part in enumerate(node):
            yield from objects(part, f"{path}/{number}")


def undescribed(document: Any) -> list[str]:
    """Fields without a description; an alternative repeats two fields to narrow them."""
    return [
        f"{path}/{name}"
        for path, schema in objects(document)
        if "/oneOf/" not in path
        for name, field in schema["properties"].items()
        if len(field.get("description", "")) < len("The town.")
    ]


@EACH
def test_every_field_is_described(event: type[Event]) -> None:
    schema = reader_schema(event)
    assert len(list(objects(schema))) >= 1
    assert undescribed(schema) == []


@pytest.mark.parametrize("service", SERVICES)
def test_an_asyncapi_document_describes_every_field_and_every_header(service: str) -> None:
    for message in asyncapi(service, "1")["components"]["messages"].values():
        assert undescribed(message["payload"]["schema"]) == []
        headers = message["headers"]["properties"].items()
        assert [name for name, field in headers if not {"description", "const"} & field.keys()] == []


@EACH
def test_readers_are_told_to_pass_over_what_they_do_not_know(event: type[Event]) -> None:
    for published in (reader_schema(event), inlined(reader_schema(event))):
        text = json.dumps(published)
        assert '"additionalProperties": false' not in text
        assert '"x-' not in text, "what it means stands there in plain JSON Schema"
    assert schema_of(event)["additionalProperties"] is False, "a publisher states nothing else"


@EACH
def test_every_golden_event_and_every_example_is_read(event: type[Event]) -> None:
    for schema in (reader_schema(event), inlined(reader_schema(event))):
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        for value in (*(each.value for each in golden(event)), *(each.value for each in examples(event))):
            validator.validate(value)


def record(resource: str, **data: Any) -> dict[str, Any]:
    found = next(each for each in examples(RecordChanged) if each.name == "contact").value
    return {**found, "resource": resource, "data": data}


def test_the_resource_says_what_a_record_holds() -> None:
    schema = Draft202012Validator(reader_schema(RecordChanged))
    assert schema.is_valid(record("contact", name="Bakkerij De Vries B.V.", unpaid_amount="12.5"))
    assert schema.is_valid(record("contact", name=None, a_field_of_later=[1])), "null, absent and unknown"
    assert not schema.is_valid(record("contact", unpaid_amount=12.5)), "amounts are text"
    assert not schema.is_valid(record("contact", name=["a list"]))
    assert schema.is_valid(record("period", unpaid_amount=12.5)), "a period has no such field"
    assert not schema.is_valid(record("period", start_date="1 January"))


def test_every_resource_has_a_record_of_its_own() -> None:
    schema = reader_schema(RecordChanged)
    told = {
        one["properties"]["resource"]["const"]: one["properties"]["data"]["$ref"] for one in schema["oneOf"]
    }
    assert told.keys() == {str(resource) for resource in ResourceName}
    assert len(set(told.values())) == len(told)


def test_a_value_that_came_later_is_read_where_the_list_of_values_is_open() -> None:
    completed = BY_TYPE["nl.koppel.SyncCompleted.v1"]
    value = json.loads(json.dumps(examples(completed)[0].value))
    value["resources"][0]["state"] = "a state of next year"
    Draft202012Validator(reader_schema(completed)).validate(value)
    state = reader_schema(completed)["$defs"]["ResourceCount"]["properties"]["state"]
    assert "done" in state["anyOf"][0]["enum"]


def test_instants_have_their_format() -> None:
    for event in EVENTS:
        for name, field in reader_schema(event)["properties"].items():
            if name.endswith("_at") or name == "until":
                assert field["format"] == "date-time", f"{event.__name__}.{name}"


@pytest.mark.parametrize("service", SERVICES)
def test_publishers_are_told_which_partition_a_key_is_on(service: str) -> None:
    channels = asyncapi(service, "1")["channels"].values()
    assert all("CRC-32(key) modulo" in channel["description"] for channel in channels)
    assert partition_of(b"0198c0de-0000-7000-8000-000000000001", TOPICS[0].partitions) == 0xF19840A9 % 6
