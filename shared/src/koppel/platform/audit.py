"""The audit trail: who did what to what, in the transaction that did it."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from koppel.kernel.ids import new_id
from koppel.platform.database import Connection
from koppel.platform.telemetry import current_context, log_on_commit

log = logging.getLogger(__name__)

_TO_BE_SEEN = frozenset({"replay.stale", "import_session.failed", "login.failed"})
"""Acts that say that something went wrong. A lost grant says so itself (`event_log.lines`)."""


_LIST = """
select id, organisation_id, actor, action, target, reason, correlation_id, at from audit_entry
where ($1::text is null or actor = $1)
  and ($2::text is null or action = $2)
  and ($3::text is null or split_part(target, '/', 2) = $3)
  and ($4::text is null or target = $4)
  and ($5::timestamptz is null or at >= $5)
  and ($6::uuid is null or id < $6)
order by id desc limit $7
"""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows; None is any. `target` is a whole one such as `connection/<uuid>`, or the id alone."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None

    def arguments(self) -> tuple[object, ...]:
        """For the statement that lists."""
        whole = self.target if self.target is not None and "/" in self.target else None
        thing = self.target if whole is None else whole.split("/")[1]
        return (self.actor, self.action, thing, whole, self.since)


async def audit_entries(
    connection: Connection, which: AuditFilter, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """What the transaction may see of them, newest first, from before the row `before`."""
    return await connection.fetch(_LIST, *which.arguments(), before, limit)


class Audit:
    """Writes audit rows through the caller's transaction, and a line of each to the log when that commits.

    Never put a secret or a name in one: ids only. The reason is a person's own text, and stays in the row.

    `correlation_id` is the conversation that the acts belong to, by default that of the running request; beside
    events give `EventLog.correlation_id`, so that a job's rows name what its events do.
    """

    def __init__(self, connection: Connection, correlation_id: UUID | None = None) -> None:
        self._connection = connection
        self._correlation_id = correlation_id or current_context().correlation_id

    async def record(
        self,
        *,
        organisation_id: UUID | None,
        actor: str,
        action: str,
        target: str,
        reason: str | None = None,
    ) -> None:
        """`actor` like `person:<uuid>` (events write the bare id, `koppel.contracts.values.ACTOR`), `action` like `connection.created`, `target` like `connection/<uuid>`."""
        await self._connection.execute(
            """
            insert into audit_entry (id, organisation_id, actor, action, target, reason, correlation_id)
            values ($1, $2, $3, $4, $5, $6, $7)
            """,
            new_id(),
            organisation_id,
            actor,
            action,
            target,
            reason,
            self._correlation_id,
        )
        log_on_commit(
            log,
            logging.WARNING if action in _TO_BE_SEEN else logging.INFO,
            action,
            actor=actor,
            target=target,
            organisation_id=organisation_id,
            correlation_id=self._correlation_id,
        )
