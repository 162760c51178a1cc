"""The base of every event: a fact in the past tense, owned by one service, frozen and closed.

Within a version only optional fields may come; anything else is a new class with a new version.
"""

from abc import abstractmethod
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from koppel.contracts.topics import Topic


def _utc_text(moment: datetime) -> str:
    if moment.tzinfo is not None and moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = moment.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


UtcDateTime = Annotated[
    datetime,
    PlainSerializer(_utc_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "x-format": "date-time"}, mode="serialization"),
]
"""An instant in UTC; ISO 8601 with `Z` in JSON. The schemas of before name no format, so a reader's schema adds it."""


class Event(BaseModel):
    """What a service states about one organisation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: ClassVar[Topic]
    version: ClassVar[int] = 1
    since: ClassVar[date] = date(2026, 11, 24)
    deprecated: ClassVar[date | None] = None
    """The day from which subscribers should move away; said in every event's headers from then on."""
    sunset: ClassVar[date | None] = None
    """The day after which the event may go; it may be put off, never brought forward."""
    replaced_by: ClassVar[str | None] = None
    """The type to move to, by its CloudEvents name."""

    command: ClassVar[bool] = False
    """It asks for something: said twice, it is done twice."""

    organisation_id: UUID = Field(description="The accountancy office that the event is about: the tenant.")

    @classmethod
    def type_name(cls) -> str:
        """`nl.koppel.<EventName>.v<version>`, the CloudEvents type."""
        return f"nl.koppel.{cls.__name__}.v{cls.version}"

    @property
    @abstractmethod
    def key(self) -> str:
        """The stream this event belongs to within its topic; also the Kafka key."""

    def says_the_same(self, other: "Event") -> bool:
        """Whether both leave their stream in the same state; who made it so, when and why may differ."""
        return type(self) is type(other) and _state(self) == _state(other)


def _state(event: Event) -> dict[str, object]:
    return {
        name: value
        for name, value in event
        if name not in ("reason", "at") and not name.endswith(("_at", "_by"))
    }
