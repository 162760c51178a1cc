"""What subscribers count on besides the schema, deprecation as data, and whom a change breaks by name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from koppel.contracts.deprecation import headers_of_type
from koppel.contracts.envelope import Envelope, decode, encode
from koppel.contracts.event import Event
from koppel.contracts.gate.check import Gate
from koppel.contracts.gate.expectations import Expectation
from koppel.contracts.gate.facts import facts_of, key_template
from koppel.contracts.registry import BY_TYPE, EVENTS
from koppel.contracts.topics import ADMINISTRATION, ASSIGNMENT, Carries, Topic


class ParcelEvent(Event):
    """Base of the events of these tests alone."""

    topic: ClassVar[Topic] = ADMINISTRATION

    parcel_id: UUID
    weight: int

    @property
    def key(self) -> str:
        return str(self.parcel_id)


class ParcelSent(ParcelEvent):
    """What goes away."""


class ParcelShipped(ParcelEvent):
    """What comes after it."""


SENT, SHIPPED = ParcelSent.type_name(), ParcelShipped.type_name()
KNOWN = [Expectation("warehouse", SENT, ("weight",)), Expectation("billing", SHIPPED, ("weight",))]
TODAY = date(2027, 3, 1)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate that has both events committed."""
    (tmp_path / "schemas").mkdir()
    made = Gate(
        events=(ParcelSent, ParcelShipped),
        known=KNOWN,
        schemas=tmp_path / "schemas",
        golden=tmp_path / "golden",
        today=TODAY,
    )
    assert list(made.write())
    assert made.problems() == []
    assert list(made.write()) == []
    return made


@pytest.fixture
def deprecate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Announce the end of `ParcelSent`."""

    def announce(since: date, sunset: date | None = None, to: str | None = SHIPPED) -> None:
        for name, value in (("deprecated", since), ("sunset", sunset), ("replaced_by", to)):
            monkeypatch.setattr(ParcelSent, name, value)
        headers_of_type.cache_clear()

    monkeypatch.setitem(BY_TYPE, SENT, ParcelSent)
    yield announce
    headers_of_type.cache_clear()


MOVES: dict[str, Topic] = {
    "topic changed": ASSIGNMENT,
    "owner changed": replace(ADMINISTRATION, owner="assignment-svc"),
    "carries changed": replace(ADMINISTRATION, carries=Carries.STATE),
    "compacted changed": replace(ADMINISTRATION, compacted=True),
    "partitions changed": replace(ADMINISTRATION, partitions=12),
    "open_to_others changed": replace(ADMINISTRATION, open_to_others=True),
    "kept for 7 days": replace(ADMINISTRATION, retention_ms=7 * 86_400_000),
}


@pytest.mark.parametrize("what", MOVES)
def test_moving_a_stream_is_refused_and_names_every_reader(
    gate: Gate, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ParcelSent, "topic", MOVES[what])
    list(gate.write())  # does not wash it away
    told = [line for line in gate.problems() if what in line]
    assert told
    assert all(line.endswith("(breaks warehouse)") for line in told if line.startswith("ParcelSent.v1"))


def test_another_key_is_refused(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParcelSent, "key", property(lambda self: str(self.organisation_id)))
    list(gate.write())
    told = "\n".join(gate.problems())
    assert "key changed from {parcel_id} to {organisation_id}" in told
    assert "its stream was" in told


def test_longer_keeping_is_no_break(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParcelSent, "topic", replace(ADMINISTRATION, retention_ms=None))
    monkeypatch.setattr(ParcelShipped, "topic", replace(ADMINISTRATION, retention_ms=None))
    assert all("run `... gate write`" in line for line in gate.problems())
    list(gate.write())
    assert gate.problems() == []


def test_the_reader_of_a_changed_field_is_named_and_no_other(gate: Gate) -> None:
    class Changed(ParcelSent):
        weight: str  # type: ignore[assignment]

    Changed.__name__ = "ParcelSent"
    told = "\n".join(replace(gate, events=(Changed, ParcelShipped)).problems())
    assert "/weight: type changed from 'integer' to 'string' (breaks warehouse)" in told
    assert "billing" not in told


def test_a_required_field_more_breaks_every_reader_of_the_type(gate: Gate) -> None:
    class Changed(ParcelSent):
        colour: str

    Changed.__name__ = "ParcelSent"
    told = "\n".join(replace(gate, events=(Changed, ParcelShipped)).problems())
    assert "/colour: was added as required; events of before lack it (breaks warehouse)" in told


def test_two_committed_revisions_that_do_not_fit_are_found(gate: Gate) -> None:
    first = gate.schemas / "ParcelSent.v1" / "001.json"
    changed = json.loads(first.read_text(encoding="utf-8"))
    changed["properties"]["weight"]["type"] = "number"
    (first.parent / "002.json").write_text(json.dumps(changed), encoding="utf-8")
    assert any("revision 2 against 1: /weight" in line for line in gate.problems())


def test_the_model_is_compared_with_every_revision_and_not_the_newest_alone(gate: Gate) -> None:
    """A field that went and comes back as something else."""
    first = gate.schemas / "ParcelSent.v1" / "001.json"
    had = json.loads(first.read_text(encoding="utf-8"))
    had["properties"]["colour"] = {"type": "integer"}
    (first.parent / "002.json").write_text(first.read_text(encoding="utf-8"), encoding="utf-8")
    first.write_text(json.dumps(had), encoding="utf-8")

    class Changed(ParcelSent):
        colour: str = ""

    Changed.__name__ = "ParcelSent"
    told = "\n".join(replace(gate, events=(Changed, ParcelShipped)).problems())
    assert "ParcelSent.v1 against revision 1: /colour: type changed from 'integer' to 'string'" in told
    assert "against revision 2" not in told


class TestDeprecation:
    def test_nothing_is_refused_and_those_who_must_move_are_named(
        self, gate: Gate, deprecate: Callable[..., None]
    ) -> None:
        deprecate(date(2027, 1, 1), date(2027, 6, 30))
        assert gate.problems() == ["ParcelSent: its facts differ from facts.json; run `... gate write`"]
        list(gate.write())
        assert gate.problems() == []
        announced = f"deprecated since 2027-01-01, ends after 2027-06-30, read {SHIPPED} instead"
        assert gate.warnings() == [f"ParcelSent.v1: {announced} (still read by warehouse)"]

    @pytest.mark.parametrize("sunset", [date(2027, 5, 31), None])
    def test_a_sunset_is_not_brought_forward_nor_forgotten(
        self, gate: Gate, deprecate: Callable[..., None], sunset: date | None
    ) -> None:
        deprecate(date(2027, 1, 1), date(2027, 6, 30))
        list(gate.write())
        deprecate(date(2027, 1, 1), sunset)
        list(gate.write())
        assert any("may be put off" in line for line in gate.problems())

    def test_a_sunset_may_be_put_off(self, gate: Gate, deprecate: Callable[..., None]) -> None:
        deprecate(date(2027, 1, 1), date(2027, 6, 30))
        list(gate.write())
        deprecate(date(2027, 1, 1), date(2027, 9, 30))
        list(gate.write())
        assert gate.problems() == []

    def test_an_event_stays_until_its_sunset_and_may_go_after(
        self, gate: Gate, deprecate: Callable[..., None]
    ) -> None:
        deprecate(date(2027, 1, 1), date(2027, 6, 30))
        list(gate.write())
        left = replace(gate, events=(ParcelShipped,))
        for day in (TODAY, date(2027, 6, 30)):
            told = replace(left, today=day).problems()
            assert "ParcelSent.v1: its sunset is 2027-06-30, until then it stays (breaks warehouse)" in told
        after = replace(left, today=date(2027, 7, 1), known=KNOWN[1:])
        assert after.problems() == []
        assert after.warnings() == ["ParcelSent.v1: gone since its sunset 2027-06-30"]

    def test_an_event_whose_end_was_never_announced_may_not_go(self, gate: Gate) -> None:
        told = replace(gate, events=(ParcelShipped,)).problems()
        assert (
            "ParcelSent.v1: published once, now missing, and no sunset was announced (breaks warehouse)"
            in told
        )

    def test_a_consumer_that_still_reads_a_gone_event_stops_the_merge(
        self, gate: Gate, deprecate: Callable[..., None]
    ) -> None:
        deprecate(date(2027, 1, 1), date(2027, 6, 30))
        list(gate.write())
        left = replace(gate, events=(ParcelShipped,), today=date(2027, 7, 1))
        assert left.problems() == [f"warehouse reads {SENT}, which does not exist"]

    def test_announcements_must_hold_together(self, gate: Gate, deprecate: Callable[..., None]) -> None:
        deprecate(date(2027, 5, 1), date(2027, 4, 1), "nl.koppel.NeverHeardOf.v1")
        list(gate.write())
        told = "\n".join(gate.problems())
        assert "its sunset 2027-04-01 is before its deprecation" in told
        assert "which does not exist" in told

    def test_each_event_says_it_in_the_headers_of_the_extension(self, deprecate: Callable[..., None]) -> None:
        deprecate(date(2027, 1, 1), date(2027, 6, 30))
        headers = encode(_envelope(SENT))
        event = from_binary(KafkaMessage(dict(headers), b"k", b"{}"), JSONFormat())
        assert event.get_extension("deprecated") == "true"
        assert event.get_extension("deprecationfrom") == "2027-01-01T00:00:00Z"
        assert event.get_extension("deprecationsunset") == "2027-06-30T00:00:00Z"
        assert event.get_extension("deprecationmigration") == f"urn:koppel:event-type:{SHIPPED}"
        assert decode(headers) == _envelope(SENT), "a reader that does not care reads on"

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
    def test_others_carry_no_such_header(self, event: type[Event]) -> None:
        names = [name for name, _ in encode(_envelope(event.type_name()))]
        assert any("deprecat" in name for name in names) == (event.deprecated is not None)


def test_keys_are_told_by_their_fields() -> None:
    keys = {event.__name__: key_template(event) for event in EVENTS}
    assert keys["RecordChanged"] == "{administration_id}/{resource}/{external_id}"
    assert keys["ConnectionCreated"] == "{connection_id}"
    assert keys["GapFound"] == "{consumer}/{stream_topic}/{stream_key}"
    assert facts_of(ParcelSent)["topic"] == ADMINISTRATION.name


def _envelope(type_name: str) -> Envelope:
    return Envelope(
        id="1",
        type=type_name,
        source="urn:test",
        subject="k",
        time=datetime(2027, 2, 1, tzinfo=UTC),
        organisation_id=UUID(int=7),
        sequence=3,
    )
