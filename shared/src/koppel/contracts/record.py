"""Facts about synchronised records, on `koppel.record.v1`, keyed by `administration/resource/external id`.

The topic carries state: each event is the whole record, so the newest one supersedes all before it.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import RECORD, Topic
from koppel.contracts.values import ResourceName


class RecordEvent(Event):
    """Base of the record's facts."""

    topic: ClassVar[Topic] = RECORD

    administration_id: UUID = Field(description="The administration that the record belongs to.")
    resource: ResourceName = Field(description="What kind of record it is.")
    external_id: str = Field(
        description="The provider's own id of the record; unique within administration and resource."
    )
    revision: int = Field(description="Counts the record's changes from 1; the same as `ce_sequence`.")
    run_id: UUID = Field(description="The sync run that found it.")

    @property
    def key(self) -> str:
        return f"{self.administration_id}/{self.resource}/{self.external_id}"


class RecordChanged(RecordEvent):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    data: dict[str, JsonValue] = Field(
        description="The record's canonical fields, the same for every provider; which, `resource` says."
    )
    changed_at: UtcDateTime = Field(description="When we stored the change.")


class RecordDeleted(RecordEvent):
    """A record is gone at the provider: it says so, or complete listings lack it."""

    deleted_at: UtcDateTime = Field(description="When we took it for deleted.")
