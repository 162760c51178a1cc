"""Events that cannot be applied, and a replay that stands still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from tests.bench.stage import answered
from tests.chaos.alerts.scene import Cause, Scene, alert

from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id

_WHY = {"reason": "made by a test"}


@asynccontextmanager
async def _poison(scene: Scene) -> AsyncIterator[None]:
    """Bytes that are no event, on a topic that three services read; an operator discards them."""
    producer = AIOKafkaProducer(bootstrap_servers=scene.watched.stage.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(ADMINISTRATION.name, b"no event", key=str(new_id()).encode())
    finally:
        await producer.stop()
    yield
    for service in ("connection-svc", "assignment-svc", "sync-svc"):
        async with scene.operator(service) as http:
            for each in (await answered(http.get("/ops/v1/parked")))["items"]:
                await answered(http.post(f"/ops/v1/parked/{each['id']}/discard", json=_WHY))


@asynccontextmanager
async def _replay_without_its_target(scene: Scene) -> AsyncIterator[None]:
    """assignment-svc dies between the plan and the start."""
    async with scene.operator("import-svc") as http:
        wanted = {
            "filter": {"administration_ids": scene.watched.administrations},
            "target": ["assignment-svc"],
            "mode": "rebuild",
            **_WHY,
        }
        planned = await answered(http.post("/ops/v1/replays", json=wanted))
        place = f"/ops/v1/replays/{planned['id']}"

        async def is_planned() -> bool:
            return bool((await answered(http.get(place)))["state"] == "planned")

        await scene.watched.until(is_planned)
        scene.kill("assignment-svc")
        await answered(http.post(f"{place}/start"))
        yield
    await scene.started()


POISON = Cause(
    does="bytes that are no event, sent to a topic",
    make=_poison,
    alerts=(alert("EventsAreParked"),),
)
REPLAY_WITHOUT_ITS_TARGET = Cause(
    does="kill -9 of assignment-svc between the plan and the start of its replay",
    make=_replay_without_its_target,
    alerts=(
        *(
            alert(name, job="assignment-svc")
            for name in ("ServiceIsGone", "ConsumersAreGone", "RelaysAreGone", "JobsAreGone")
        ),
        alert("ReplayStandsStill", job="import-svc"),
    ),
)
