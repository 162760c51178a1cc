"""Who is due is asked once, and who waits is served in turn."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.leases import Lease
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.application.forget_runs import forget_old_runs
from sync_svc.application.projections import note_grant
from sync_svc.application.request_syncs import request_due_syncs
from sync_svc.domain.administration import GrantState
from sync_svc.domain.run import LEASE_KIND
from sync_svc.domain.turn import DEFAULT_RULES

from .organisation import Organisation

_AN_HOUR = timedelta(hours=1)
NewOrganisation = Callable[[], Awaitable[Organisation]]


async def make_due(organisation: Organisation) -> None:
    await organisation.rows(
        "update sync_policy set next_due_at = now() - interval '1 s', resources = '{contact}' "
        "where administration_id = $1 returning 1"
    )


async def scheduled(organisation: Organisation) -> list[dict[str, object]]:
    return [event for event in await organisation.events("SyncRequested") if event["trigger"] == "schedule"]


async def request_due(organisation: Organisation) -> None:
    async with organisation.work.begin(None) as tx:
        await request_due_syncs(tx, organisation.provider)


async def test_what_is_due_is_asked_and_moved_in_one_transaction(organisation: Organisation) -> None:
    await make_due(organisation)
    await request_due(organisation)
    (event,) = await scheduled(organisation)
    assert (event["mode"], event["resources"]) == ("incremental", ["contact"])
    (policy,) = await organisation.rows(
        "select next_due_at > now() as later from sync_policy where administration_id = $1"
    )
    assert policy["later"]


async def test_what_is_due_and_not_asked_for_is_overdue(organisation: Organisation) -> None:
    await organisation.rows(
        "update sync_policy set next_due_at = now() - interval '10 min' where administration_id = $1 returning 1"
    )
    async with organisation.work.begin(None) as tx:
        assert await tx.policies.overdue_seconds() >= 600
    await organisation.rows("update sync_policy set enabled = false where administration_id = $1 returning 1")
    async with organisation.work.begin(None) as tx:
        assert await tx.policies.overdue_seconds() < 600


async def due_again(organisation: Organisation, *, sweep: str = "next_sweep_at") -> list[object]:
    """The modes that the schedule has asked for, after it is due once more."""
    await organisation.rows(
        f"update sync_policy set next_due_at = now() - interval '1 s', next_sweep_at = {sweep} "
        "where administration_id = $1 returning 1"
    )
    await request_due(organisation)
    return [event["mode"] for event in await scheduled(organisation)]


async def test_a_sweep_is_asked_when_it_is_due_and_increments_between(organisation: Organisation) -> None:
    assert await due_again(organisation) == ["incremental"]
    (reckoned,) = await organisation.rows(
        "select next_sweep_at - now() <= interval '7 days' as in_time from sync_policy where administration_id = $1"
    )
    assert reckoned["in_time"]
    assert await due_again(organisation) == ["incremental"] * 2
    assert await due_again(organisation, sweep="now() - interval '40 days'") == [*["incremental"] * 2, "full"]
    assert await due_again(organisation) == [*["incremental"] * 2, "full", "incremental"]


async def test_a_sweep_that_could_not_be_asked_for_stays_due(organisation: Organisation) -> None:
    await organisation.ask(organisation.request())
    assert await due_again(organisation, sweep="now() - interval '1 s'") == []
    await organisation.rows(
        "update sync_run set state = 'finished', outcome = 'unchanged', finished_at = now() "
        "where administration_id = $1 returning 1"
    )
    assert await due_again(organisation) == ["full"]


async def test_a_sweep_of_a_seldom_schedule_is_asked_when_it_is_due(organisation: Organisation) -> None:
    """Two looks at its due time; the schedule's own time is months away."""
    await organisation.rows(
        f"update sync_policy set cron = '0 3 1 {(datetime.now(UTC).month + 5) % 12 + 1} *', sweep = 'daily', next_sweep_at = now() - interval '1 s', "
        "next_due_at = now() - interval '1 s' where administration_id = $1 returning 1"
    )
    await request_due(organisation)
    await request_due(organisation)
    assert [event["mode"] for event in await scheduled(organisation)] == ["full"]
    (following,) = await organisation.rows(
        "select next_due_at = next_sweep_at as by_sweep, next_due_at - now() <= interval '1 day' as soon "
        "from sync_policy where administration_id = $1"
    )
    assert (following["by_sweep"], following["soon"]) == (True, True)


async def test_two_schedulers_ask_once(organisation: Organisation) -> None:
    await make_due(organisation)
    await asyncio.gather(*(request_due(organisation) for _ in range(4)))
    assert len(await scheduled(organisation)) == 1


async def test_syncs_do_not_pile_up_behind_one_that_is_open(organisation: Organisation) -> None:
    await organisation.ask(organisation.request())
    await make_due(organisation)
    await request_due(organisation)
    assert await scheduled(organisation) == []


async def test_what_waits_for_a_login_is_not_asked_and_catches_up_afterwards(
    organisation: Organisation,
) -> None:
    async def note(state: GrantState) -> None:
        async with organisation.work.begin(None) as tx:
            await note_grant(
                tx.within(organisation.organisation_id),
                organisation.connection_id,
                organisation.grant_id,
                state,
            )

    await note(GrantState.REAUTHORIZATION_REQUIRED)
    await make_due(organisation)
    await request_due(organisation)
    assert await scheduled(organisation) == []
    await note(GrantState.ACTIVE)
    await request_due(organisation)
    assert len(await scheduled(organisation)) == 1


async def claimable(database: Database, *, of: list[UUID]) -> list[UUID]:
    """Runs to be had, of these only: the database is shared with other tests. Nobody has them afterwards."""
    found: list[UUID] = []
    with suppress(_Enough):
        async with PostgresUnitOfWork(database).begin(None) as tx:
            while granted := await tx.turns.grant(
                DEFAULT_RULES, owner="test", lasts=_AN_HOUR, passing_over=()
            ):
                found.append(granted.run_id)
            raise _Enough
    return [run_id for run_id in found if run_id in of]


class _Enough(Exception):
    """Rolls back what was granted."""


async def granted(organisation: Organisation, run_id: UUID) -> Lease:
    """Its turn is granted, whoever waits besides."""
    (row,) = await organisation.rows(
        "select array_agg(run_id) as others from sync_run where run_id <> $2 and $1::uuid is not null",
        run_id,
    )
    async with organisation.work.begin(None) as tx:
        turn = await tx.turns.grant(
            DEFAULT_RULES, owner="test", lasts=_AN_HOUR, passing_over=row["others"] or ()
        )
    assert turn is not None
    return Lease(LEASE_KIND, turn.run_id, turn.fence, turn.takeovers)


async def test_persons_are_served_before_the_clock_and_first_loads(
    new_organisation: NewOrganisation, database: Database
) -> None:
    wishes = [
        (SyncMode.FULL, SyncTrigger.IMPORT),
        (SyncMode.INCREMENTAL, SyncTrigger.SCHEDULE),
        (SyncMode.FULL, SyncTrigger.USER),
    ]
    organisations = [await new_organisation() for _ in wishes]
    run_ids = [
        await each.ask(each.request(mode, trigger=trigger))
        for each, (mode, trigger) in zip(organisations, wishes, strict=True)
    ]
    assert await claimable(database, of=run_ids) == list(reversed(run_ids))


async def test_organisations_take_turns_within_a_priority(
    new_organisation: NewOrganisation, database: Database
) -> None:
    large, small = await new_organisation(), await new_organisation()
    many = []
    for _ in range(4):
        large.administration_id = new_id()
        await large.arrive()
        many.append(await large.ask(large.request()))
    one = await small.ask(small.request())
    order = await claimable(database, of=[*many, one])
    assert order.index(one) == 1


async def test_an_organisation_with_runs_in_work_waits_for_the_others(
    new_organisation: NewOrganisation, database: Database
) -> None:
    busy, idle = await new_organisation(), await new_organisation()
    in_work = await busy.ask(busy.request())
    lease = await granted(busy, in_work)
    await busy.rows("update sync_run set state = 'running' where administration_id = $1 returning 1")
    busy.administration_id = new_id()
    await busy.arrive()
    waiting = await busy.ask(busy.request())
    later = await idle.ask(idle.request())
    assert await claimable(database, of=[in_work, waiting, later]) == [later, waiting]
    await busy.let_expire(lease)
    assert in_work in await claimable(database, of=[in_work])


async def test_a_follower_waits_until_the_run_before_it_ended(
    organisation: Organisation, database: Database
) -> None:
    first = await organisation.ask(organisation.request())
    await organisation.rows("update sync_run set state = 'running' where administration_id = $1 returning 1")
    follower = await organisation.ask(organisation.request(resources=(ResourceName.PROJECT,)))
    assert await claimable(database, of=[first, follower]) == [first]
    await organisation.perform(first)
    assert await claimable(database, of=[first, follower]) == [follower]


async def test_a_deferred_run_is_not_to_be_had_before_its_time(
    organisation: Organisation, database: Database
) -> None:
    run_id = await organisation.ask(organisation.request())
    await organisation.rows(
        "update sync_run set state = 'deferred', not_before = now() + interval '1 h' "
        "where administration_id = $1 returning 1"
    )
    assert await claimable(database, of=[run_id]) == []
    await organisation.rows("update sync_run set not_before = now() where administration_id = $1 returning 1")
    assert await claimable(database, of=[run_id]) == [run_id]


async def test_a_living_workers_run_is_not_to_be_had(organisation: Organisation, database: Database) -> None:
    run_id = await organisation.ask(organisation.request())
    async with organisation.leases.hold(LEASE_KIND, run_id):
        assert await claimable(database, of=[run_id]) == []
    assert await claimable(database, of=[run_id]) == [run_id]


async def test_old_runs_are_forgotten_except_the_newest(organisation: Organisation) -> None:
    for _ in range(3):
        await organisation.sync()
    await organisation.rows(
        "update sync_run set finished_at = now() - interval '100 d' where administration_id = $1 returning 1"
    )
    async with organisation.work.begin(None) as tx:
        await forget_old_runs(tx, timedelta(days=90))
    (newest,) = await organisation.rows("select run_id from sync_run where administration_id = $1")
    assert (await organisation.run(newest["run_id"])).listings
