"""What a rebuild must bring back, and what it must not do."""

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.rebuilt import Rebuilt
from tests.chaos.rig.stage import Stage, expect

from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.testing.administrations import imported, renamed


async def _three(here: Rebuilt) -> list[AdministrationImported]:
    """Of which the first was renamed."""
    events = [imported(new_id(), name=f"v{number}") for number in (1, 2, 3)]
    await here.live(*events, renamed(events[0], "renamed"))
    return events


@scenario(criterion=15)
async def rebuild_brings_back_what_was_deleted_and_altered(stage: Stage) -> None:
    here = Rebuilt(stage.database)
    deleted, altered, _ = await _three(here)
    before = await here.known()
    await here.wreck("delete from known where id = $1", deleted.administration_id)
    await here.wreck("update known set name = 'wrecked' where id = $1", altered.administration_id)
    plan, result = await here.rebuild()
    expect("result differs from its plan", plan == result, f"{plan}, {result}")
    found = await here.known()
    expect("rebuild left a table wrecked", found == before, f"{found}")


@scenario(criterion=15)
async def rebuild_of_a_whole_log_removes_what_no_event_tells(stage: Stage) -> None:
    """No event of the stream makes the row, so none would take it away."""
    here = Rebuilt(stage.database)
    event = imported(new_id())
    await here.live(renamed(event, "no such administration"))
    await here.wreck("insert into known values ($1, 'stray')", event.administration_id)
    await here.rebuild()
    found = await here.known()
    expect("rebuild left a table wrecked", found == [], f"{found}")


@scenario(criterion=15)
async def rebuild_of_a_log_that_begins_later_deletes_nothing(stage: Stage) -> None:
    here = Rebuilt(stage.database)
    await _three(here)
    before = await here.known()
    await here.rebuild(from_version=2)
    found = await here.known()
    expect("rebuild deleted what it cannot fill", found == before, f"{found}")


@scenario(criterion=15)
async def rebuild_says_and_asks_nothing_twice(stage: Stage) -> None:
    """Each record in a transaction of its own, as in a segment of any length."""
    here = Rebuilt(stage.database)
    await _three(here)
    before = await here.said()
    await here.wreck("delete from known")
    await here.rebuild(batch=1)
    more = (await here.said())[len(before) :]
    expect("command given twice", "SyncRequested" not in more, f"{more}")
    expect("fact told twice", not more, f"{more}")


@scenario(criterion=15)
async def rebuild_whose_records_are_lost_does_not_pass_for_done(stage: Stage) -> None:
    """The rows are half filled then, so what comes next must wait until the rest was brought."""
    here = Rebuilt(stage.database)
    event = imported(new_id())
    await here.live(event, renamed(event, "second"), renamed(event, "third"))
    await here.rebuild(lost=2)
    await here.live(renamed(event, "fourth"))
    found = await here.known()
    expect("rebuild passed for done", found == [event.name], f"{found}")
    await here.rebuild(mode="repair")
    found = await here.known()
    expect("stream left behind", found == ["fourth"], f"{found}")
