"""Processes, brokers and tables that are gone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.alerts.scene import Cause, Scene, alert


@asynccontextmanager
async def _serves_calls_only(scene: Scene) -> AsyncIterator[None]:
    scene.kill("import-svc")
    await scene.started(IMPORT_SVC_ROLES="http")
    yield
    scene.kill("import-svc")
    await scene.started()


@asynccontextmanager
async def _broker_gone(scene: Scene) -> AsyncIterator[None]:
    scene.kill("kafka")
    await scene.watched.ask([scene.watched.administrations[0]], mode="incremental")
    yield
    await scene.started()


@asynccontextmanager
async def _locked(scene: Scene) -> AsyncIterator[None]:
    """Somebody's session holds what every batch of sync-svc needs."""
    database = await scene.watched.stage.database()
    try:
        async with database.transaction():
            await database.execute("lock table sync.consumer_head in exclusive mode")
            await scene.watched.ask([scene.watched.administrations[0]], mode="incremental")
            yield
    finally:
        await database.close()


@asynccontextmanager
async def _schedule_fails(scene: Scene) -> AsyncIterator[None]:
    """A right that its job needs is taken away, and syncs are due."""
    await scene.watched.rows("revoke select on sync.held_deletion from sync_app")
    await scene.watched.rows("update sync.sync_policy set next_due_at = now()")
    yield
    await scene.watched.rows("grant select on sync.held_deletion to sync_app")


SERVES_CALLS_ONLY = Cause(
    does="import-svc runs as a process that serves calls only",
    make=_serves_calls_only,
    alerts=tuple(
        alert(name, job="import-svc") for name in ("ConsumersAreGone", "RelaysAreGone", "JobsAreGone")
    ),
)
BROKER_GONE = Cause(
    does="kill -9 of Kafka, while a sync is asked for",
    make=_broker_gone,
    alerts=(alert("ServiceIsNotReady"), alert("ConsumerDoesNotConsume"), alert("EventsDoNotReachKafka")),
)
LOCKED = Cause(
    does="a session that locks the positions of sync-svc, while a sync is asked for",
    make=_locked,
    alerts=(alert("ConsumerIsBehind", consumer="sync-svc", severity="ticket"),),
)
SCHEDULE_FAILS = Cause(
    does="a right that the schedule's job needs is taken away, and syncs are due",
    make=_schedule_fails,
    alerts=(alert("JobsFail", task="sync schedule"), alert("SyncsAreOverdue", severity="ticket")),
)
