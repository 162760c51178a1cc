"""Golden events: every record ever committed is read by today's models, by CloudEvents' own SDK, and the other way round."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, from_kafka
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator

from koppel.contracts.envelope import decode, encode
from koppel.contracts.event import Event
from koppel.contracts.gate import golden as files
from koppel.contracts.gate.golden import CASES, Golden, build, golden
from koppel.contracts.gate.history import revisions, schema_of
from koppel.contracts.registry import BY_TYPE, EVENTS
from koppel.contracts.topics import ADMINISTRATION, Topic
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection

EACH = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


async def _handler(_received: ReceivedEvent[Event], _connection: Connection) -> None: ...


@contextmanager
def _named(record: Golden) -> Iterator[None]:
    """What fails in here says of which record."""
    try:
        yield
    except Exception as wrong:
        wrong.add_note(record.name)
        raise


@pytest.fixture(scope="module")
def reader() -> Subscriptions:
    """A consumer that reads every type there is."""
    subscriptions = Subscriptions("reader")
    for event in EVENTS:
        subscriptions.on(event, _handler)
    return subscriptions


def _decoded(record: Golden, reader: Subscriptions, value: bytes | None = None) -> DecodedRecord:
    key, headers, committed = record.record
    return decode_record(
        StoredRecord(record.topic, 0, 0, key, headers, committed if value is None else value), reader
    )


@EACH
def test_every_revision_of_every_type_has_its_golden_events(event: type[Event]) -> None:
    for number in range(1, len(revisions(event)) + 1):
        found = [record for record in golden(event) if record.revision == number]
        assert {record.path.stem.partition("-")[2] for record in found} >= {case.name for case in CASES}
        assert len(found) >= 5
    assert {BY_TYPE[record.headers["ce_type"]] for record in golden(event)} == {event}


@EACH
def test_our_consumer_reads_it_back_equal(event: type[Event], reader: Subscriptions) -> None:
    for record in golden(event):
        with _named(record):
            arrived = _decoded(record, reader)
            assert arrived.fault is None
            assert arrived.key == record.key == arrived.event.data.key
            held = arrived.event.data.model_dump(mode="json")
            for name, value in held.items():
                assert _without_unknown(record.value.get(name), value) == value, name


@EACH
def test_its_headers_are_what_our_envelope_writes(event: type[Event]) -> None:
    for record in golden(event):
        with _named(record):
            headers = record.record[1]
            known = {name: value for name, value in headers if "later" not in name}
            assert dict(encode(decode(headers))) == known


@EACH
def test_the_official_sdk_reads_it_back_equal(event: type[Event]) -> None:
    for record in golden(event):
        with _named(record):
            key, headers, value = record.record
            message = KafkaMessage(dict(headers), key, value)
            for read in (from_binary(message, JSONFormat()), from_kafka(message, JSONFormat())):
                assert read.get_data() == record.value
                attributes = read.get_attributes()
                assert attributes.pop("partitionkey") == record.key
                assert attributes.pop("datacontenttype") == record.headers["content-type"]
                moment = attributes.pop("time")  # where it is absent the SDK puts the time of reading
                assert moment == decode(headers).time or "ce_time" not in record.headers
                said = {name[3:]: text for name, text in record.headers.items() if name.startswith("ce_")}
                said.pop("time", None)
                assert attributes == said


@EACH
def test_every_revision_accepts_it_tolerantly_and_its_own_to_the_letter(event: type[Event]) -> None:
    for record in golden(event):
        with _named(record):
            history = revisions(event)
            for number, schema in enumerate(history, start=1):
                strict = number == record.revision and not record.unknown
                Draft202012Validator(schema if strict else _opened(schema)).validate(record.value)
            if record.unknown:
                assert not Draft202012Validator(history[record.revision - 1]).is_valid(record.value)


@EACH
def test_what_today_s_publisher_makes_of_it_fits_every_earlier_revision(event: type[Event]) -> None:
    for record in golden(event):
        with _named(record):
            sent = json.loads(event.model_validate(record.value, extra="ignore").model_dump_json())
            Draft202012Validator(schema_of(event)).validate(sent)
            for schema in revisions(event):
                Draft202012Validator(_opened(schema)).validate(sent)


@EACH
def test_an_unknown_value_or_kind_is_a_fault_and_never_an_exception(
    event: type[Event], reader: Subscriptions
) -> None:
    """The event is parked and its stream waits: a consumer that guessed would be wrong in silence."""
    for record in golden(event):
        with _named(record):
            for place, spoilt in _spoilt(record.value, schema_of(event)):
                arrived = _decoded(record, reader, json.dumps(spoilt).encode())
                assert arrived.fault is not None, place
                assert arrived.fault.code == "value_invalid"
                assert arrived.version == _decoded(record, reader).version, "it keeps its place in the stream"
                assert "no one knows" not in str(arrived.fault), "a fault names places, never values"


class Shipped(Event):
    """What a publisher stated at first."""

    topic: ClassVar[Topic] = ADMINISTRATION

    parcel_id: UUID

    @property
    def key(self) -> str:
        return str(self.parcel_id)


FIRST = schema_of(Shipped)


class TestEvolution:
    """One type over three revisions, as the tree will live through them."""

    def history(self) -> list[dict[str, Any]]:
        second, third = copy.deepcopy(FIRST), copy.deepcopy(FIRST)
        note = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        second["properties"] |= {"note": note}
        third["properties"] |= {"note": note, "weight": {"type": "integer", "minimum": 0}}
        return [FIRST, second, third]

    def test_golden_events_come_with_each_revision_and_old_ones_stay(self, tmp_path: Path) -> None:
        history = self.history()
        written = [files.write_missing_of(Shipped, history[:number], tmp_path) for number in (1, 2, 2, 3)]
        assert [len(paths) for paths in written] == [len(CASES), len(CASES), 0, len(CASES)]
        assert len(golden(Shipped, tmp_path)) == 3 * len(CASES)
        assert list(files.problems(Shipped, history, tmp_path)) == []

    def test_the_first_reader_reads_the_last_publisher(self, tmp_path: Path) -> None:
        files.write_missing_of(Shipped, self.history(), tmp_path)
        typical = next(record for record in golden(Shipped, tmp_path) if "typical" in record.name)
        assert typical.value.keys() == {"organisation_id", "parcel_id", "note", "weight"}
        assert Shipped.model_validate(typical.value, extra="ignore").key == typical.key

    def test_a_missing_revision_and_a_moved_stream_are_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files.write_missing_of(Shipped, [FIRST], tmp_path)
        assert "golden events of revision 2 are missing" in "".join(
            files.problems(Shipped, self.history()[:2], tmp_path)
        )
        monkeypatch.setattr(Shipped, "key", property(lambda self: str(self.organisation_id)))
        told = list(files.problems(Shipped, [FIRST], tmp_path))
        assert len(told) == len(CASES) - 2, "in two cases all ids are the same"
        assert all("its stream was" in line for line in told)

    def test_a_model_that_reads_less_is_told(self, tmp_path: Path) -> None:
        files.write_missing_of(Shipped, [FIRST], tmp_path)
        place = tmp_path / "Shipped.v1" / "001-typical.json"
        content = json.loads(place.read_text(encoding="utf-8"))
        del content["value"]["parcel_id"]
        place.write_text(json.dumps(content), encoding="utf-8")
        assert list(files.problems(Shipped, [FIRST], tmp_path)) == [
            "Shipped.v1/001-typical: the model no longer reads parcel_id"
        ]


def test_the_builder_always_makes_the_same() -> None:
    event = EVENTS[0]
    assert build(event, schema_of(event), CASES[0]) == build(event, schema_of(event), CASES[0])


def _without_unknown(value: Any, like: Any) -> Any:
    """Only the fields that `like` has too."""
    if isinstance(value, dict) and isinstance(like, dict):
        return {name: _without_unknown(value.get(name), item) for name, item in like.items()}
    if isinstance(value, list) and isinstance(like, list):
        return [_without_unknown(*pair) for pair in zip(value, like, strict=True)]
    return value


def _opened(schema: Any) -> Any:
    """The schema as a tolerant reader takes it: objects may hold more than it says."""
    if isinstance(schema, dict):
        return {
            name: _opened(item)
            for name, item in schema.items()
            if (name, item) != ("additionalProperties", False)
        }
    return [_opened(item) for item in schema] if isinstance(schema, list) else schema


def _spoilt(value: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The value once per top-level field, with something in it that the field cannot hold."""
    for name, field in schema["properties"].items():
        text = json.dumps(field) + json.dumps(
            [schema.get("$defs", {}).get(ref) for ref in _references(field)]
        )
        odd: Any = (
            "a value no one knows" if '"enum"' in text and '"array"' not in text else {"no one knows": 1}
        )
        if field.get("type") == "object":
            odd = "no one knows"
        yield name, {**value, name: odd}


def _references(field: Any) -> Iterator[str]:
    if isinstance(field, dict):
        if "$ref" in field:
            yield field["$ref"].rpartition("/")[2]
        for item in field.values():
            yield from _references(item)
    elif isinstance(field, list):
        for item in field:
            yield from _references(item)
