"""Causes and streams of the demonstration's timeline."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from koppel.contracts.envelope import Envelope
from koppel.contracts.topics import ADMINISTRATION, ASSIGNMENT, RECORD, SYNC, SYNC_REQUEST, Topic
from koppel_local.demo.causes import check_causes, check_streams, of_administration, story
from koppel_local.demo.failure import Unexpected
from koppel_local.demo.timeline import Seen

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def seen(
    name: str,
    topic: Topic = SYNC,
    key: str = "a",
    *,
    version: int = 1,
    because: Seen | None = None,
    resource: str = "",
) -> Seen:
    envelope = Envelope(
        id=str(uuid4()),
        type=f"nl.koppel.{name}.v1",
        source="urn:test",
        subject=key,
        time=BEGAN + timedelta(seconds=version),
        organisation_id=UUID(int=1),
        sequence=version,
        causation_id=None if because is None else UUID(because.envelope.id),
    )
    return Seen(topic.name, key, envelope, {"resource": resource} if resource else {})


def test_only_what_is_about_the_administration_is_kept() -> None:
    own = [seen("X", key="a"), seen("X", key="c"), seen("X", key="a/contact/1")]
    assert of_administration([*own, seen("X", key="b"), seen("X", key="ab/contact/1")], "a", "c") == own


def test_whole_streams_pass() -> None:
    assert check_streams([seen("X", version=1), seen("X", key="b", version=1), seen("X", version=2)]) == 2


@pytest.mark.parametrize("versions", [(2,), (1, 3), (1, 1), (2, 1)])
def test_a_gap_a_repetition_or_an_inversion_is_found(versions: tuple[int, ...]) -> None:
    with pytest.raises(Unexpected, match="in order on"):
        check_streams([seen("X", version=version) for version in versions])


def test_an_effect_before_its_cause_is_found() -> None:
    cause = seen("AdministrationImported", ADMINISTRATION)
    effect = seen("AdministrationAssigned", ASSIGNMENT, because=cause)
    assert check_causes([cause, effect]) == 1
    with pytest.raises(Unexpected, match="AdministrationAssigned after its cause AdministrationImported"):
        check_causes([effect, cause])


def test_what_was_read_is_told_as_koppel_timeline_does() -> None:
    cause = seen("SyncRequested", SYNC_REQUEST)
    contacts = [
        seen("RecordChanged", RECORD, f"a/contact/{n}", because=cause, resource="contact") for n in range(3)
    ]
    voucher = seen("RecordChanged", RECORD, "a/voucher/1", because=cause, resource="voucher")
    found = story([cause, *contacts, voucher, seen("SyncCompleted", version=2)])
    assert [(each.title, each.cause) for each in found] == [
        ("SyncRequested", "a call, or the clock"),
        ("RecordChanged × 3 contact", "SyncRequested"),
        ("RecordChanged voucher", "SyncRequested"),
        ("SyncCompleted", "a call, or the clock"),
    ]
