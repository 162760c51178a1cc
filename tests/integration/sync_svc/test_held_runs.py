"""Runs that a pause holds cost the queue nothing, and are to be had again the moment that they are free."""

from datetime import timedelta
from uuid import UUID

from sync_svc.application.pauses import BY_LOGIN, resume
from sync_svc.domain.turn import DEFAULT_RULES

from .organisation import Organisation
from .paused import PausedProvider


async def to_be_had(organisation: Organisation, *, of: list[UUID]) -> set[UUID]:
    """Of these runs; the database is shared with other tests."""
    found: set[UUID] = set()
    async with organisation.work.begin(None) as tx:
        while granted := await tx.turns.grant(
            DEFAULT_RULES, owner="test", lasts=timedelta(minutes=5), passing_over=list(found)
        ):
            found.add(granted.run_id)
        await tx.connection.execute("delete from lease where owner = 'test'")
    return found & set(of)


async def looked_at(organisation: Organisation, runs: list[UUID]) -> int:
    """How many of them a look for work goes through now."""
    (row,) = await organisation.rows(
        "select count(*)::int as runs from sync_run where $1::uuid is not null and run_id = any($2::uuid[]) "
        "and not_before <= now()",
        runs,
    )
    return int(row["runs"])


async def waiting(provider: PausedProvider) -> list[UUID]:
    return [await each.ask(each.request()) for each in provider.organisations]


async def test_what_is_held_is_set_aside(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    runs = await waiting(provider)
    assert await looked_at(provider.organisations[0], runs) == 5
    await provider.tend()
    assert await looked_at(provider.organisations[0], runs) == 0
    assert await to_be_had(provider.organisations[0], of=runs) == set()


async def test_all_of_it_is_to_be_had_at_once_when_the_pause_ends(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    runs = await waiting(provider)
    await provider.tend()
    async with provider.organisations[0].work.begin(None) as tx:
        (held, *_) = await tx.pauses.of_administration(provider.organisations[0].administration_id)
        await resume(tx, [held.subject], BY_LOGIN)
    assert await to_be_had(provider.organisations[0], of=runs) == set(runs)


async def test_the_probe_is_to_be_had_at_once_and_nothing_else(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    runs = await waiting(provider)
    await provider.tend()
    await provider.due()
    await provider.tend()
    assert len(await to_be_had(provider.organisations[0], of=runs)) == 1


async def test_what_waits_for_the_providers_limit_too_keeps_its_time(provider: PausedProvider) -> None:
    late = provider.organisations[4]
    run_id = await late.ask(late.request())
    await late.rows(
        "update sync_run set state = 'deferred', waiting_for = 'budget', not_before = now() + interval '1 h' "
        "where administration_id = $1 returning 1"
    )
    await provider.fail(*provider.organisations[:3])
    await provider.tend()
    await provider.end()
    await provider.tend()
    assert await to_be_had(late, of=[run_id]) == set()
    (row,) = await late.rows("select waiting_for from sync_run where administration_id = $1")
    assert row["waiting_for"] == "budget"


async def test_nothing_is_lost_where_nobody_says_that_the_pause_ended(provider: PausedProvider) -> None:
    """Its row is gone: what was set aside is looked at again after its minute."""
    await provider.fail(*provider.organisations[:3])
    runs = await waiting(provider)
    await provider.tend()
    await provider.end()
    await provider.organisations[0].rows(
        "update sync_run set not_before = now() where $1::uuid is not null and run_id = any($2::uuid[]) returning 1",
        runs,
    )
    assert await to_be_had(provider.organisations[0], of=runs) == set(runs)
