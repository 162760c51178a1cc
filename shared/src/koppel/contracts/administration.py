"""Facts of import-svc, on `koppel.administration.v1`, keyed by administration."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import ADMINISTRATION, Topic
from koppel.contracts.values import KvkNumber, NoKvkReason, Sector


class AdministrationEvent(Event):
    """Base of the administration's facts."""

    topic: ClassVar[Topic] = ADMINISTRATION

    administration_id: UUID

    @property
    def key(self) -> str:
        return str(self.administration_id)


class AdministrationImported(AdministrationEvent):
    """A company's books now belong to the organisation; the first fact of every administration.

    `import_session_size` is how many the session imported, this one included: with so many of its events all are there.
    """

    connection_id: UUID
    grant_id: UUID
    provider: str
    external_id: str
    name: str
    kvk_number: KvkNumber | None = None
    no_kvk_reason: NoKvkReason | None = None
    sector: Sector | None = None
    import_session_id: UUID
    import_session_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    imported_by: str
    imported_at: UtcDateTime


class AdministrationProfileChanged(AdministrationEvent):
    """KvK number, reason or sector changed; all three are stated."""

    kvk_number: KvkNumber | None = None
    no_kvk_reason: NoKvkReason | None = None
    sector: Sector | None = None
    changed_by: str
    changed_at: UtcDateTime


class AdministrationRenamed(AdministrationEvent):
    """The package calls the company otherwise."""

    name: str
    renamed_at: UtcDateTime


class AdministrationVanished(AdministrationEvent):
    """The package no longer shows the company to this grant."""

    reason: str
    vanished_at: UtcDateTime


class AdministrationRemoved(AdministrationEvent):
    """The administration left the organisation."""

    reason: str
    removed_by: str
    removed_at: UtcDateTime
