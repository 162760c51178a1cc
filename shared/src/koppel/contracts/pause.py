"""Pauses of synchronisation by cause (`koppel.sync-pause.v1`), keyed by `scope/id`."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import SYNC_PAUSE, Topic
from koppel.contracts.values import WhoMustAct, known

NOBODYS = UUID(int=0)
"""The organisation of what is no organisation's: a provider's pause holds the administrations of all of them."""


class PauseScope(StrEnum):
    """What a pause holds, from the narrowest to the widest."""

    RESOURCE = "resource"
    ADMINISTRATION = "administration"
    GRANT = "grant"
    PROVIDER = "provider"


class ResumesWhen(StrEnum):
    """What ends a pause: somebody logs in again, a probe passes, or whichever comes first."""

    LOGIN = "login"
    PROBE = "probe"
    LOGIN_OR_PROBE = "login_or_probe"


class PauseEvent(Event):
    """Base of the facts of a pause. One of the scope `provider` carries the nil organisation."""

    topic: ClassVar[Topic] = SYNC_PAUSE
    since: ClassVar[date] = date(2026, 11, 29)

    scope: PauseScope = Field(
        description="What is paused: a resource of an administration, an administration, all that is read with a login,"
        " or all that is read from a provider."
    )
    id: str = Field(
        description="Which: the id of the administration, the login or the provider; of a resource"
        " `administration/resource`."
    )
    cause: str = Field(
        description="The code of the failure that paused it, such as `company_blocked`; more codes may come."
    )
    who_must_act: WhoMustAct = Field(description="Who can end the cause.")
    act_by: UtcDateTime | None = Field(
        default=None,
        description="Until when acting keeps the logins that it holds alive; null: no such moment is known.",
    )
    resumes_when: ResumesWhen = Field(
        description="What ends it: `login`: somebody logs in again; `probe`: one sync that is tried now and then passes;"
        " `login_or_probe`: whichever comes first."
    )

    @property
    def key(self) -> str:
        return f"{self.scope}/{self.id}"


class SyncPaused(PauseEvent):
    """The same cause came again and again: what it touches is not synchronised until the cause is gone."""

    at: UtcDateTime = Field(description="When it was paused.")


class SyncResumed(PauseEvent):
    """The pause is over; what it held is synchronised once, and then by its schedule again."""

    reason: str = Field(
        description="What ended it: `login`, `probe`, or `removed`: nothing that it held is left.",
        json_schema_extra=known("login", "probe", "removed"),
    )
    at: UtcDateTime = Field(description="When it ended.")
