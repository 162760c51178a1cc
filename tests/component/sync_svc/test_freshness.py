"""How fresh data is to be, and is: of an administration, and by provider."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.platform.access_tokens import AccessTokenClient
from koppel.platform.database import Database
from koppel.platform.telemetry import metrics
from koppel.testing.administrations import imported
from koppel.testing.budgets import NoLimit
from koppel.testing.tokens import TokenIssuer
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.adapters.providers import Providers
from sync_svc.entrypoints.jobs import Jobs
from sync_svc.main import build_jobs

from .organisation import Json, Organisation
from .provider import AccessTokens


async def freshness(organisation: Organisation) -> Json:
    """Of its administration, the same alone and in the list."""
    path = f"/v1/administrations/{organisation.administration_id}/sync-status"
    alone = (await organisation.api("GET", path)).json()["freshness"]
    [listed] = (await organisation.api("GET", "/v1/sync-status")).json()["items"]
    assert (alone is None) == (listed["freshness"] is None)
    if alone is None:
        return {}
    assert listed["freshness"] | {"age_seconds": alone["age_seconds"]} == alone
    return dict(alone)


async def planned(organisation: Organisation, **policy: Any) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    answer = await organisation.api("PUT", path, {"enabled": True, "interval_minutes": 60} | policy)
    assert answer.status_code == 200, answer.text
    assert answer.json()["freshness_minutes"] == policy.get("freshness_minutes")


async def run_sql(database: Database, sql: str, *values: object) -> None:
    async with database.system() as connection:
        await connection.execute(sql, *values)


async def older(database: Database, organisation: Organisation, hours: int, resource: str) -> None:
    """What was read of the resource was read so long ago."""
    await run_sql(
        database,
        "update sync_cursor set moved_at = now() - make_interval(hours => $2)"
        " where administration_id = $1 and resource = $3",
        organisation.administration_id,
        hours,
        resource,
    )


async def test_a_first_load_has_as_long_as_the_objective(
    organisation: Organisation, database: Database
) -> None:
    young = {"objective_seconds": 7200, "met": True, "cause": None, "age_seconds": None}
    assert await freshness(organisation) == young
    await run_sql(
        database,
        "update administration set imported_at = now() - interval '2 hours' - interval '1 s' where administration_id = $1",
        organisation.administration_id,
    )
    assert await freshness(organisation) == {
        "objective_seconds": 7200,
        "met": False,
        "cause": "never_synced",
        "age_seconds": None,
    }


async def test_what_was_read_is_fresh_until_its_oldest_listing_is_too_old(
    served: Organisation, database: Database
) -> None:
    await served.sync()
    fresh = await freshness(served)
    assert (fresh["met"], fresh["cause"]) == (True, None)
    assert 0 <= fresh["age_seconds"] < 600
    await older(database, served, 3, "contact")
    late = await freshness(served)
    assert (late["met"], late["cause"]) == (False, "late")
    assert late["age_seconds"] >= 3 * 3600
    await planned(served, preset="weekly", interval_minutes=None)
    assert (await freshness(served))["objective_seconds"] == 14 * 24 * 3600
    assert (await freshness(served))["met"]


async def test_a_policy_may_ask_for_fresher_data_than_its_schedule(
    served: Organisation, database: Database
) -> None:
    await served.sync()
    await older(database, served, 1, "contact")
    await planned(served, freshness_minutes=30)
    assert (await freshness(served)) | {"age_seconds": 0} == {
        "objective_seconds": 1800,
        "met": False,
        "cause": "late",
        "age_seconds": 0,
    }
    await planned(served)
    assert (await freshness(served))["met"]


async def test_a_resource_that_the_policy_leaves_out_makes_nothing_late(
    served: Organisation, database: Database
) -> None:
    await served.sync()
    await older(database, served, 3, "contact")
    await planned(served, resources=["customer_invoice"])
    assert (await freshness(served))["cause"] != "late"


async def test_a_listing_that_was_never_read_is_not_fresh_because_others_are(
    served: Organisation, database: Database
) -> None:
    await served.sync()
    await run_sql(
        database,
        "delete from sync_cursor where administration_id = $1 and resource = 'contact'",
        served.administration_id,
    )
    await run_sql(
        database,
        "update administration set imported_at = now() - interval '1 day' where administration_id = $1",
        served.administration_id,
    )
    never = await freshness(served)
    assert (never["met"], never["cause"], never["age_seconds"]) == (False, "never_synced", None)
    await run_sql(
        database,
        "update run_listing set state = 'unsupported' from sync_run where run_listing.run_id = sync_run.run_id"
        " and sync_run.administration_id = $1 and resource = 'contact'",
        served.administration_id,
    )
    assert (await freshness(served))["met"]


async def test_what_is_paused_is_not_fresh_however_new_it_is(served: Organisation) -> None:
    await served.sync()
    await served.deliver(served.lapsed())
    paused = await freshness(served)
    assert (paused["met"], paused["cause"]) == (False, "paused")


async def test_what_does_not_synchronise_by_itself_has_no_objective(served: Organisation) -> None:
    await served.sync()
    await planned(served, enabled=False)
    assert await freshness(served) == {}


@pytest.mark.parametrize("minutes", [0, 4, 129_601, -1, 2**40, "soon"])
async def test_an_objective_that_no_schedule_could_meet_is_refused(
    organisation: Organisation, minutes: object
) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    body = {"enabled": True, "interval_minutes": 60, "freshness_minutes": minutes}
    assert (await organisation.api("PUT", path, body)).status_code == 422


async def by_provider(organisation: Organisation, issuer: TokenIssuer, provider: str) -> Json:
    token = issuer.person(organisation=organisation.organisation_id, rights=("operator",))
    answer = await organisation.api("GET", "/ops/v1/freshness", token=token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["target"] == 0.99
    [found] = [each for each in answer.json()["items"] if each["provider"] == provider]
    return dict(found)


def elsewhere(organisation: Organisation, provider: str) -> AdministrationImported:
    """One more administration of the office, at a provider of its own."""
    longer_ago = datetime.now(UTC) - timedelta(days=2)
    update = {"provider": provider, "imported_at": longer_ago}
    return imported(organisation.organisation_id).model_copy(update=update)


async def read_now(database: Database, administration: AdministrationImported) -> None:
    await run_sql(
        database,
        "insert into sync_cursor (administration_id, listing, resource, organisation_id, run_id, moved_at)"
        " values ($1, 'customers', 'contact', $2, $3, now())",
        administration.administration_id,
        administration.organisation_id,
        new_id(),
    )


async def test_operators_see_how_many_are_fresh_and_how_fast_the_target_is_used_up(
    organisation: Organisation, database: Database, issuer: TokenIssuer
) -> None:
    provider = f"eaccounting {new_id()}"
    fresh, not_fresh = (elsewhere(organisation, provider) for _ in range(2))
    await organisation.deliver(fresh, not_fresh)
    await read_now(database, fresh)
    now = await by_provider(organisation, issuer, provider)
    assert now == {
        "provider": provider,
        "administrations": 2,
        "met": 1,
        "burn_rate_1h": 50.0,
        "burn_rate_6h": 50.0,
    }
    await run_sql(
        database,
        "insert into freshness_sample select $1, now() - make_interval(mins => minute), 2, 2"
        " from unnest(array[30, 90, 100, 400]) as minutes (minute)",
        provider,
    )
    later = await by_provider(organisation, issuer, provider)
    assert (later["burn_rate_1h"], later["burn_rate_6h"]) == (25.0, 12.5)


async def test_a_minute_is_counted_once_and_forgotten_after_hours(
    organisation: Organisation, database: Database
) -> None:
    provider = f"eaccounting {new_id()}"
    await organisation.deliver(elsewhere(organisation, provider))
    await run_sql(
        database, "insert into freshness_sample values ($1, now() - interval '8 hours', 1, 1)", provider
    )
    async with PostgresUnitOfWork(database).begin(None) as tx:
        await tx.freshness.take()
        await tx.freshness.take()
    async with database.system() as connection:
        kept = await connection.fetch(
            "select administrations, met from freshness_sample where provider = $1", provider
        )
    assert [tuple(row) for row in kept] == [(1, 0)]


@pytest.fixture
async def jobs(database: Database, access_tokens: AccessTokens) -> AsyncIterator[Jobs]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(access_tokens)) as nobody:
        yield build_jobs(
            database, Providers(nobody), AccessTokenClient(nobody), NoLimit(), keep_runs=timedelta(days=1)
        )


async def test_the_metric_shows_what_the_job_counted(
    organisation: Organisation, database: Database, jobs: Jobs
) -> None:
    provider = f"eaccounting {new_id()}"
    fresh, not_fresh = (elsewhere(organisation, provider) for _ in range(2))
    await organisation.deliver(fresh, not_fresh)
    await read_now(database, fresh)
    await jobs.measure_freshness()
    assert metrics.value("koppel_sync_fresh_ratio", provider=provider) == 0.5


async def test_how_late_the_schedule_is_is_told_also_while_its_rounds_fail(
    organisation: Organisation, database: Database, jobs: Jobs
) -> None:
    late = elsewhere(organisation, f"eaccounting {new_id()}")
    await organisation.deliver(late)
    due = "update sync_policy set next_due_at = now() - interval '1 day' where administration_id = $1"
    await run_sql(database, due, late.administration_id)
    await jobs.measure_overdue()
    assert metrics.value("koppel_sync_overdue_seconds") >= 86_400


async def test_only_operators_see_the_freshness_of_all(organisation: Organisation) -> None:
    assert (await organisation.api("GET", "/ops/v1/freshness")).status_code == 403
