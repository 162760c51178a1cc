"""Events written by hand, which claim a version that is another's or a topic that is not their source's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from tests.chaos.rig.arriving import logged, read, spoiled
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.contract import Step, step
from tests.chaos.rig.stage import Stage, expect
from tests.chaos.scenarios.applying import AT_ONCE, Target

from koppel.contracts.topics import BY_NAME
from koppel.kernel.ids import new_id
from koppel.platform.consumer.decode import RawRecord, StoredRecord
from koppel.platform.consumer.parked.commands import ParkedEvents


@scenario(criterion=12)
async def second_event_of_a_version_is_told_and_holds_nobody(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1", "k-2", "k-3")
    one, two, three = await logged(stage.ledger)
    await target.apply(read([one, _forged(two), two, three], target.subscriptions))
    expect("conflict not told", len(await stage.parked()) == 1, "the version counted as applied")
    applied = await stage.applied(target.handler.consumer)
    expect("conflict holds its stream", applied == ["k-1", "forged", "k-3"], f"{applied}")
    await target.release((await stage.parked())[0])
    await target.apply(read([one, two, three], target.subscriptions))
    expect("version was taken again", len(await stage.parked()) == 1, "the stream had gone on")


@scenario(criterion=12)
async def another_source_moves_no_position_of_a_closed_topic(stage: Stage) -> None:
    with _closed(stage.topic):
        target = Target(stage)
        await stage.write("k", "k-1", "k-2", "k-3")
        one, two, three = await logged(stage.ledger)
        foreign = _forged(two, ce_source=b"urn:koppel:elsewhere")
        await target.apply(read([one, foreign, two, three], target.subscriptions))
        applied = await stage.applied(target.handler.consumer)
        expect("source believed", applied == ["k-1", "k-2", "k-3"], f"{applied}")
        expect("source not told", len(await stage.parked()) == 1)


@scenario(criterion=12)
async def event_that_waits_for_a_given_up_version_is_applied(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1", "k-2", "k-3")
    one, two, three = await logged(stage.ledger)
    await target.apply(read([one, spoiled(_forged(two)), two, three], target.subscriptions))
    (parked,) = await stage.parked()
    events = ParkedEvents(stage.database, target.subscriptions, AT_ONCE)
    await events.discard(parked, actor="test", reason="written by hand")
    applied = await stage.applied(target.handler.consumer)
    expect("followers lost", applied == ["k-1", "k-2", "k-3"], f"{applied}")


@contextmanager
def _closed(topic: str) -> Iterator[None]:
    """The rig's topics are not in the catalogue, where it stands that only the owner speaks."""
    with patch.dict(BY_NAME, {topic: Step.topic}):
        yield


def _forged(raw: RawRecord, **changed: bytes) -> StoredRecord:
    """Another event of the same version."""
    body = step((raw.key or b"").decode(), "forged").model_dump_json().encode()
    changed = {"ce_id": str(new_id()).encode(), **changed}
    headers = [(name, changed.get(name, value)) for name, value in raw.headers]
    return replace(StoredRecord.of(raw), headers=headers, value=body, offset=raw.offset + 1_000_000)
