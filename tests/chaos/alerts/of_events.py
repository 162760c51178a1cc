"""Events that cannot be applied or do not come, and a replay that stands still."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaProducer
from tests.bench.stage import answered
from tests.chaos.alerts.scene import Cause, Scene, alert

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id

_WHY = {"reason": "made by a test"}


@asynccontextmanager
async def _poison(scene: Scene) -> AsyncIterator[None]:
    """Bytes that are no event, on a topic that three services read; an operator discards them."""
    await _sent(scene, new_id(), b"no event", ())
    yield
    for service in ("connection-svc", "assignment-svc", "sync-svc"):
        async with scene.operator(service) as http:
            for each in (await answered(http.get("/ops/v1/parked")))["items"]:
                await answered(http.post(f"/ops/v1/parked/{each['id']}/discard", json=_WHY))


async def _sent(scene: Scene, key: UUID, value: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=scene.watched.stage.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(ADMINISTRATION.name, value, str(key).encode(), headers=headers)
    finally:
        await producer.stop()


@asynccontextmanager
async def _second_without_first(scene: Scene) -> AsyncIterator[None]:
    """Its owner's log does not have the first one either; then it comes. Nobody reads the type, so neither has an effect."""
    key = new_id()
    await _sent(scene, key, b"{}", _of_version(key, 2))
    yield
    await _sent(scene, key, b"{}", _of_version(key, 1))


def _of_version(key: UUID, version: int) -> Sequence[tuple[str, bytes]]:
    return encode(
        Envelope(
            id=str(new_id()),
            type="nl.koppel.AdministrationNoticed.v1",
            source=source_of(ADMINISTRATION.owner),
            subject=str(key),
            time=datetime.now(UTC),
            organisation_id=new_id(),
            sequence=version,
        )
    )


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
MISSING = Cause(
    does="an event whose stream misses the one before it, which no log has",
    make=_second_without_first,
    alerts=(alert("EventsAreMissing"),),
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
