"""Facts about synchronised records, on `koppel.record.v1`, keyed by `administration/resource/external id`.

The topic carries state: each event is the whole record, so the newest one supersedes all before it.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import JsonValue

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import RECORD, Topic
from koppel.contracts.values import ResourceName


class RecordEvent(Event):
    """Base of the record's facts; `revision` equals the stream version."""

    topic: ClassVar[Topic] = RECORD

    administration_id: UUID
    resource: ResourceName
    external_id: str
    revision: int
    run_id: UUID

    @property
    def key(self) -> str:
        return f"{self.administration_id}/{self.resource}/{self.external_id}"


class RecordChanged(RecordEvent):
    """A record is new or differs; `data` holds its canonical fields."""

    data: dict[str, JsonValue]
    changed_at: UtcDateTime


class RecordDeleted(RecordEvent):
    """A record is gone at the package: absent from two complete listings in a row."""

    deleted_at: UtcDateTime
