"""Facts of import-svc, on `koppel.administration.v1`, keyed by administration; before there is one, by connection."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import ADMINISTRATION, Topic
from koppel.contracts.values import ACTOR, KvkNumber, NoKvkReason, ProviderId, Sector, known

_NUMBER = (
    "Its number in the Dutch trade register (KvK): eight digits; null when it has none or none is known."
)
_NO_NUMBER = "Why there is no KvK number; null when there is one, or when the sector alone was given."
_SECTOR = "What the company does; null when only the KvK number was given."


class AdministrationEvent(Event):
    """Base of the administration's facts."""

    topic: ClassVar[Topic] = ADMINISTRATION

    administration_id: UUID = Field(description="The imported books of one company.")

    @property
    def key(self) -> str:
        return str(self.administration_id)


class AdministrationImported(AdministrationEvent):
    """A company's books now belong to the organisation; the first fact of every administration."""

    connection_id: UUID = Field(description="The connection that it is read through.")
    grant_id: UUID = Field(description="The login that it is read with.")
    provider: ProviderId
    external_id: str = Field(description="The provider's own id of the company.")
    name: str = Field(description="The company's name at the provider.")
    kvk_number: KvkNumber | None = Field(default=None, description=_NUMBER)
    no_kvk_reason: NoKvkReason | None = Field(default=None, description=_NO_NUMBER)
    sector: Sector | None = Field(default=None, description=_SECTOR)
    import_session_id: UUID = Field(description="The import that it came with.")
    import_session_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None,
        description="How many administrations that import brought, this one included: with so many of its events all are there."
        " Null in events of before this field.",
    )
    imported_by: str = Field(description=f"Who confirmed the import. {ACTOR}")
    imported_at: UtcDateTime = Field(description="When it was confirmed.")


class AdministrationProfileChanged(AdministrationEvent):
    """KvK number, reason or sector changed; all three are stated."""

    kvk_number: KvkNumber | None = Field(default=None, description=_NUMBER)
    no_kvk_reason: NoKvkReason | None = Field(default=None, description=_NO_NUMBER)
    sector: Sector | None = Field(default=None, description=_SECTOR)
    changed_by: str = Field(description=f"Who changed it. {ACTOR}")
    changed_at: UtcDateTime = Field(description="When it was changed.")


class AdministrationRenamed(AdministrationEvent):
    """The provider calls the company otherwise."""

    name: str = Field(description="The new name.")
    renamed_at: UtcDateTime = Field(description="When we found it, at a discovery.")


class AdministrationMoved(AdministrationEvent):
    """Its login gives no access any more, and another one of the organisation does: reading goes on through that one.

    The administration and its records stay what they are.
    """

    from_grant_id: UUID = Field(description="The login that it was read with.")
    to_grant_id: UUID = Field(description="The login that it is read with from now on.")
    to_connection_id: UUID = Field(description="The connection of that login.")
    reason: str = Field(
        description="Why the login before gives no access: `reauthorization_required`: somebody would have to log in again;"
        " `connection_revoked`: access was withdrawn, or the connection deleted.",
        json_schema_extra=known("reauthorization_required", "connection_revoked"),
    )
    moved_at: UtcDateTime = Field(description="When it was moved.")


class AdministrationFound(Event):
    """A company that the office has not imported is new behind a login: a daily look found it, which imports nothing.

    It is no administration yet, so the event stands in its connection's stream.
    """

    topic: ClassVar[Topic] = ADMINISTRATION

    connection_id: UUID = Field(description="The connection that it can be imported from.")
    grant_id: UUID = Field(description="The login that shows it.")
    provider: ProviderId
    external_id: str = Field(description="The provider's own id of the company.")
    name: str = Field(description="The company's name at the provider.")
    kvk_number: KvkNumber | None = Field(
        default=None, description="The KvK number that the provider gives; null when it gives none."
    )
    status: str = Field(
        description="What the provider says of it; only an active one can be imported.",
        json_schema_extra=known("active", "archived", "suspended", "blocked"),
    )
    found_at: UtcDateTime = Field(description="When the look found it.")

    @property
    def key(self) -> str:
        return str(self.connection_id)


class AdministrationVanished(AdministrationEvent):
    """The provider no longer shows the company to this grant."""

    reason: str = Field(description="Why it is taken for gone, as a code.")
    vanished_at: UtcDateTime = Field(description="When we found it.")


class AdministrationRemoved(AdministrationEvent):
    """The administration left the organisation."""

    reason: str = Field(
        description="Why: `removed_by_user`: the office removed it; `connection_deleted`: its connection was deleted.",
        json_schema_extra=known("removed_by_user", "connection_deleted"),
    )
    removed_by: str = Field(description=f"Who removed it, or deleted its connection. {ACTOR}")
    removed_at: UtcDateTime = Field(description="When it left.")
