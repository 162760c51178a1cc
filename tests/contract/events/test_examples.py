"""The examples in documents: one story, told in one spelling, without a combination that cannot be."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from koppel.contracts.asyncapi import asyncapi
from koppel.contracts.envelope import decode, encode
from koppel.contracts.event import Event
from koppel.contracts.gate.examples import Example, examples
from koppel.contracts.gate.golden import golden
from koppel.contracts.record import RecordChanged
from koppel.contracts.registry import EVENTS
from koppel.contracts.topics import EVERY_SERVICE, SERVICES
from koppel.contracts.values import ACTOR, ResourceName

ALL = [(event, example) for event in EVENTS for example in examples(event)]
EACH = pytest.mark.parametrize(
    ("event", "example"), ALL, ids=[f"{event.__name__}-{example.name}" for event, example in ALL]
)
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
INSTANTS = {"act_by"}
"""Fields that end like those that name who did it."""
SPELLED = re.compile(rf"({UUID}|[a-z]+-svc|event:{UUID})")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_type_has_its_example(event: type[Event]) -> None:
    assert examples(event)


def test_every_resource_that_is_read_has_an_example_and_a_golden_event_that_show_it() -> None:
    wanted = set(ResourceName) - {ResourceName.JOURNAL}
    for shown in (
        {each.name: each for each in examples(RecordChanged)},
        {each.path.stem.partition("-")[2]: each for each in golden(RecordChanged)},
    ):
        assert wanted <= shown.keys()
        for resource in wanted:
            assert shown[resource].value["resource"] == resource
            assert f"/{resource}/" in shown[resource].key


@EACH
def test_it_is_an_event_to_the_letter(event: type[Event], example: Example) -> None:
    read = event.model_validate_json(json.dumps(example.value))
    assert json.loads(read.model_dump_json()) == example.value
    assert read.key == example.key == example.headers["ce_subject"]


@EACH
def test_its_headers_are_those_of_its_owner(event: type[Event], example: Example) -> None:
    headers = [(name, text.encode()) for name, text in example.headers.items()]
    assert dict(encode(decode(headers))) == dict(headers)
    assert example.headers["ce_type"] == event.type_name()
    assert example.headers["ce_organisationid"] == example.value["organisation_id"]
    if event.topic.owner != EVERY_SERVICE:
        assert example.headers["ce_source"] == f"urn:koppel:{event.topic.owner}"
        assert int(example.headers["ce_sequence"]) == example.value.get(
            "revision", int(example.headers["ce_sequence"])
        )


@EACH
def test_who_did_it_is_spelled_one_way(event: type[Event], example: Example) -> None:
    for name, value in example.value.items():
        if name.endswith("_by") and name not in INSTANTS:
            assert SPELLED.fullmatch(value), f"{name}: {value}"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_field_that_names_who_did_it_says_how_that_is_spelled(event: type[Event]) -> None:
    told = {
        name: field.description or ""
        for name, field in event.model_fields.items()
        if name.endswith("_by") and name not in INSTANTS
    }
    assert [name for name, description in told.items() if ACTOR not in description] == []


@EACH
def test_it_holds_no_combination_that_cannot_be(event: type[Event], example: Example) -> None:
    assert list(_impossible(example.value)) == []


def test_they_tell_of_one_organisation_one_administration_and_one_connection() -> None:
    for name in ("organisation_id", "administration_id", "connection_id"):
        assert len({example.value[name] for _, example in ALL if name in example.value}) == 1, name


def test_the_documents_show_them() -> None:
    shown = {
        json.dumps(each["payload"])
        for service in SERVICES
        for message in asyncapi(service, "1")["components"]["messages"].values()
        for each in message["examples"]
    }
    assert shown == {json.dumps(example.value) for _, example in ALL}


def test_what_cannot_be_is_noticed() -> None:
    """The golden events are made from schemas, and their typical administration has a number and a reason for none."""
    typical = next(
        each
        for event in EVENTS
        for each in golden(event)
        if each.name == "AdministrationImported.v1/002-typical"
    )
    assert len(list(_impossible(typical.value))) == 2


def _impossible(value: dict[str, Any]) -> Iterator[str]:
    if value.get("kvk_number") and value.get("no_kvk_reason"):
        yield "a KvK number and a reason for none"
    sector = value.get("sector")
    if sector and not re.fullmatch("[A-V]", sector["code"]):
        yield "a sector that is no section of the SBI"
    if value.get("outcome") not in (None, "changed", "unchanged", "partial"):
        yield "a completed run that was none"
    if (value.get("rule") == "plan") != bool(value.get("plan_id")):
        yield "a plan that did not make it, or a rule that needs one"
    for count in value.get("resources") or ():
        if isinstance(count, dict) and count["fetched"] != sum(
            count[name] for name in ("changed", "unchanged", "failed")
        ):
            yield f"{count['resource']}: counts that do not add up"
