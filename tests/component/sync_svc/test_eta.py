"""When the run in work will be done, told from the administration's own runs before it."""

from typing import Any

from koppel.platform.database import Database

from .organisation import Json, Organisation


async def ran(database: Database, organisation: Organisation, *seconds: int) -> None:
    """Its waiting run is begun half a minute ago, at a quarter; whole ones before it took so long."""
    async with database.system() as connection:
        for each in seconds:
            await connection.execute(
                "insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, outcome,"
                " requested_by, requested_at, started_at, finished_at)"
                " select gen_random_uuid(), organisation_id, administration_id, 'schedule', mode, 2, 'finished', 'changed',"
                " requested_by, now(), now() - make_interval(secs => $2), now() from sync_run"
                " where administration_id = $1 and state = 'queued'",
                organisation.administration_id,
                each,
            )
        await connection.execute(
            "update sync_run set state = 'running', started_at = now() - interval '30 seconds', percent = 25"
            " where administration_id = $1 and state = 'queued'",
            organisation.administration_id,
        )


async def running(organisation: Organisation) -> Json:
    """The run in work, the same alone and in the list."""
    alone = (await organisation.get("sync-status"))["running"]
    [listed] = (await organisation.api("GET", "/v1/sync-status")).json()["items"]
    assert (listed["running"]["eta"] is None) == (alone["eta"] is None)
    return dict(alone)


async def begun(organisation: Organisation, database: Database, *seconds: int, **wanted: Any) -> Json:
    await organisation.pass_over_requests()
    await organisation.ask(mode="full", **wanted)
    await ran(database, organisation, *seconds)
    return await running(organisation)


async def test_without_a_run_before_there_is_no_interval(
    organisation: Organisation, database: Database
) -> None:
    told = await begun(organisation, database)
    assert (told["eta"], told["eta_seconds"]) == (None, None)


async def test_the_interval_follows_the_runs_before(organisation: Organisation, database: Database) -> None:
    run = await begun(organisation, database, 110, 120, 130, 120)
    assert 30 < run["eta"]["low_seconds"] < run["eta_seconds"] < run["eta"]["high_seconds"] < 250


async def test_a_run_of_other_resources_tells_nothing(organisation: Organisation, database: Database) -> None:
    assert (await begun(organisation, database, 120, resources=["contact"]))["eta"] is None


async def test_a_pause_has_no_end_to_tell(organisation: Organisation, database: Database) -> None:
    await begun(organisation, database, 120)
    await organisation.deliver(organisation.lapsed())
    assert (await running(organisation))["eta"] is None
