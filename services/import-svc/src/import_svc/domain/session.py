"""An import session: discovering, then selecting, then imported; or failed, or expired.

A person's act gives it a new version and a new week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from koppel.contracts.failures import CONNECTION_REVOKED
from koppel.contracts.values import Failure
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.kernel.transitions import Transitions

LIFETIME = timedelta(days=7)
"""After the last act of a person."""


class Purpose(StrEnum):
    """`LOOK`: nobody asked for it and nobody sees it; discovery alone, to follow what the provider shows."""

    IMPORT = "import"
    LOOK = "look"


class SessionState(StrEnum):
    """The state of a session."""

    DISCOVERING = "discovering"
    SELECTING = "selecting"
    IMPORTED = "imported"
    FAILED = "failed"
    EXPIRED = "expired"


SESSION_STATES = Transitions(
    "import_session",
    {
        SessionState.DISCOVERING: {SessionState.SELECTING, SessionState.FAILED, SessionState.EXPIRED},
        SessionState.SELECTING: {SessionState.IMPORTED, SessionState.FAILED, SessionState.EXPIRED},
        SessionState.IMPORTED: set(),
        SessionState.FAILED: set(),
        SessionState.EXPIRED: set(),
    },
)
OPEN = frozenset({SessionState.DISCOVERING, SessionState.SELECTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSession:
    """One pass of the wizard over all grants of a connection."""

    id: UUID
    organisation_id: UUID
    connection_id: UUID
    provider: str
    state: SessionState
    failure: Failure | None
    created_by: str
    created_at: datetime
    settle_at: datetime
    expires_at: datetime
    version: int = 0
    purpose: Purpose = Purpose.IMPORT

    def state_at(self, now: datetime) -> SessionState:
        """The state; expired as soon as the time is over, also before the job has run."""
        return SessionState.EXPIRED if self.state in OPEN and now >= self.expires_at else self.state

    def require_selecting(self, now: datetime) -> None:
        """Unless candidates may be selected, completed and confirmed now, raises `IllegalTransition`:
        `import_session_expired`, `connection_revoked`, `import_session_not_selecting`."""
        state = self.state_at(now)
        code, detail = (
            "import_session_not_selecting",
            f"The import session is {state}, so this cannot be done with it.",
        )
        if state is SessionState.EXPIRED:
            code, detail = (
                "import_session_expired",
                "Nobody worked on this import session for a week; start another.",
            )
        elif self.failure is not None and self.failure.code == CONNECTION_REVOKED.code:
            code, detail = CONNECTION_REVOKED.code, CONNECTION_REVOKED.detail
        SESSION_STATES.require(state, SessionState.IMPORTED, self.id, code=code, detail=detail)

    @property
    def next_version(self) -> int:
        """The version that a person's act makes."""
        return self.version + 1

    def require_known(self, version: int | None) -> None:
        """Unless the person can have seen that version, raises `InvalidInput` (`version_unknown`)."""
        if version is not None and version > self.version:
            detail = f"The import session has no version {version} yet; it is at {self.version}."
            raise InvalidInput("version_unknown", detail, [FieldError("/version", detail)])

    def moved(self, to: SessionState) -> SessionState:
        """The state that it goes on to, or keeps. Raises `IllegalTransition` (`import_session_not_selecting`)."""
        if to is not self.state:
            detail = f"The import session is {self.state}, so it cannot be {to}."
            code = "import_session_not_selecting"
            SESSION_STATES.require(self.state, to, self.id, code=code, detail=detail)
        return to


@dataclass(frozen=True, slots=True)
class DiscoveryTally:
    """How far the discovery of a session's grants is; `failure` is that of one of the failed.

    `found_some`: a page of a grant was stored, also where the pages behind it failed.
    """

    grants: int
    discovered: int
    failed: int
    next_attempt_at: datetime | None
    failure: Failure | None
    found_some: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """The state that follows from a tally, and when there is work again (None: when something happens)."""

    state: SessionState
    failure: Failure | None = None
    due_at: datetime | None = None


def next_step(session: ImportSession, tally: DiscoveryTally, now: datetime) -> NextStep:
    """What becomes of an open session.

    It is `discovering` until every known grant has its result and the time for late grants is over, and
    `failed` only when no grant told anything at all.
    """
    if tally.next_attempt_at is not None:
        return NextStep(session.state, due_at=tally.next_attempt_at)
    if session.state is SessionState.SELECTING or tally.grants == 0:
        return NextStep(session.state)
    if now < session.settle_at:
        return NextStep(session.state, due_at=session.settle_at)
    if tally.discovered or tally.found_some:
        # A daily look has no selection: it is finished.
        over = session.purpose is Purpose.LOOK
        return NextStep(SessionState.EXPIRED if over else SessionState.SELECTING)
    return NextStep(SessionState.FAILED, failure=tally.failure)


class Sessions(Protocol):
    """The stored import sessions."""

    async def add(self, session: ImportSession) -> None:
        """With its discovery due at once."""
        ...

    async def find(self, session_id: UUID) -> ImportSession | None: ...

    async def lock(self, session_id: UUID) -> ImportSession | None:
        """Find it, and own it until commit."""
        ...

    async def page(
        self,
        *,
        connection_id: UUID | None,
        state: SessionState | None,
        before: UUID | None,
        limit: int,
        now: datetime,
    ) -> list[ImportSession]:
        """The organisation's that people started, newest first; `state` is what it is at `now`."""
        ...

    async def count(self, *, connection_id: UUID | None, state: SessionState | None, now: datetime) -> int:
        """How many `page` lists in all."""
        ...

    async def unlooked(self, before: datetime, at_once: int) -> list[tuple[UUID, UUID, str]]:
        """(connection, organisation, provider) that work and were last looked at before that, so many that with them `at_once`
        looks are in work; those first that waited longest."""
        ...

    async def forget_looks(self, before: datetime, limit: int) -> int:
        """Drop looks that are over and began before that; returns how many."""
        ...

    async def acted(self, session_id: UUID, version: int, expires_at: datetime) -> None:
        """A person changed something of it."""
        ...

    async def advance(
        self, session_id: UUID, state: SessionState, failure: Failure | None, due_at: datetime | None
    ) -> None: ...

    async def due_for_grants(self, grant_ids: Sequence[UUID], now: datetime) -> None:
        """Discover these grants in the open sessions of their connections, again where that had failed."""
        ...

    async def fail_open(self, connection_id: UUID, failure: Failure) -> None:
        """End the open sessions of a connection."""
        ...

    async def expire(self, now: datetime) -> int:
        """End open sessions that are past their time; returns how many."""
        ...

    async def due(self, now: datetime, limit: int) -> list[UUID]:
        """Sessions with work and without a worker, longest due first."""
        ...

    async def next_due_at(self) -> datetime | None:
        """When the next session without a worker has work."""
        ...
