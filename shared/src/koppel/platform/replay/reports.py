"""What targets report about replays of this service's log."""

from koppel.contracts.replay import ReplayReported
from koppel.platform.consumer.subscriptions import ReceivedEvent
from koppel.platform.database import Connection
from koppel.platform.replay.lifecycle import Replays

# Reports may come in any order and more than once: the furthest is kept, and that a target stopped is kept for good.
_KEEP = {
    phase: f"""
    update replay_target set {phase} = $3
    where replay_id = $1 and consumer = $2 and reports
      and coalesce(({phase} ->> 'position')::bigint, -1) <= $4 and coalesce({phase} ->> 'moved', '') = ''
    """
    for phase in ("rehearsal", "run")
}
_KEPT = ("position", "applied", "skipped", "held", "parked", "streams", "events", "changes", "appends", "estimated",
         "moved")  # fmt: skip
# The replay is always locked first, before its targets are read.
_LOCK = "select 1 from replay where id = $1 for no key update"


class Reports:
    """The handler of `ReplayReported`."""

    def __init__(self, replays: Replays) -> None:
        self._replays = replays

    async def __call__(self, received: ReceivedEvent[ReplayReported], connection: Connection) -> None:
        """Other services' replays are theirs."""
        report = received.data
        if await connection.fetchval(_LOCK, report.replay_id) is None:
            return
        kept = report.model_dump(mode="json", include=set(_KEPT))
        place = (report.replay_id, report.consumer)
        await connection.execute(_KEEP[report.phase], *place, kept, report.position)
        await self._replays.conclude(connection, report.replay_id)
