"""Whether the relay has handed a connection's events to Kafka."""

import asyncio
from datetime import timedelta
from uuid import UUID

from koppel.contracts.topics import CONNECTION
from koppel.platform.database import Database

_PENDING = """
select exists (
    select from event_log log join outbox_pending pending using (seq, logged_on)
    where log.topic = $1 and log.key = $2
)
"""
_POLL = 0.01
"""Seconds."""


class RelayedPublication:
    """Waits until no pointer of the connection's stream is pending; implements `Publication`."""

    def __init__(self, database: Database, patience: timedelta) -> None:
        self._database = database
        self._patience = patience.total_seconds()

    async def settled(self, connection_id: UUID) -> bool:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._patience
        while await self._pending(connection_id):
            if loop.time() >= give_up:
                return False
            await asyncio.sleep(_POLL)
        return True

    async def _pending(self, connection_id: UUID) -> bool:
        async with self._database.system() as connection:
            return bool(await connection.fetchval(_PENDING, CONNECTION.name, str(connection_id)))
