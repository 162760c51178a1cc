"""What callers see of pauses: that a request waits, for what, who must act, and which administrations are held."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from koppel.contracts import connection as facts
from koppel.contracts.event import Event
from koppel.contracts.pause import NOBODYS
from koppel.contracts.values import WhoMustAct
from koppel.platform.database import Database
from koppel.providers.failures import COMPANY_INACTIVE, UNAVAILABLE, failure
from koppel.testing.administrations import imported

from .organisation import Json, Organisation


async def status(organisation: Organisation) -> Json:
    return await organisation.get("sync-status")


async def listed(organisation: Organisation, query: str = "") -> list[Json]:
    answer = await organisation.api("GET", f"/v1/sync-status{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def requested(organisation: Organisation, **body: object) -> Any:
    wish = {"administration_ids": [str(organisation.administration_id)]} | body
    answer = await organisation.api("POST", "/v1/syncs", wish)
    assert answer.status_code == 202, answer.text
    return answer.json()["items"][0]


def expiring(organisation: Organisation, act_by: datetime) -> Event:
    return facts.ConnectionExpiring(
        organisation_id=organisation.organisation_id,
        connection_id=organisation.connection_id,
        provider="eaccounting",
        grant_id=organisation.grant_id,
        dies_at=act_by + timedelta(hours=1),
        act_by=act_by,
        who_must_act=WhoMustAct.PROVIDER,
        told_at=datetime.now(UTC),
    )


async def test_nothing_is_paused_while_everything_works(organisation: Organisation) -> None:
    assert (await status(organisation))["paused"] is None
    asked = await requested(organisation)
    assert (asked["waiting_for"], asked["resume_at"], asked["paused"]) == (None, None, None)


async def test_a_request_under_a_pause_is_accepted_and_says_what_it_waits_for(
    organisation: Organisation,
) -> None:
    await organisation.deliver(organisation.lapsed())
    asked = await requested(organisation)
    paused = asked["paused"]
    assert (asked["waiting_for"], asked["resume_at"]) == ("pause", None)
    assert paused["since"] is not None
    assert paused | {"since": None} == {
        "cause": "reauthorization_required",
        "scope": "grant",
        "resource": None,
        "since": None,
        "who_must_act": "customer",
        "act_by": None,
        "resumes_when": "login",
    }
    assert (await status(organisation))["paused"] == paused
    await organisation.deliver(organisation.authorized())
    assert (await status(organisation))["paused"] is None


async def test_a_request_under_a_pause_that_is_probed_says_when_it_may_be_over(
    organisation: Organisation, database: Database
) -> None:
    async with database.system() as connection:
        due = await connection.fetchval(
            "insert into sync_pause (scope, id, organisation_id, rule, failure, resumes_when, administration_id, "
            "next_probe_at) values ('administration', $1::uuid::text, $2, 'company_closed', $3, 'probe', $1::uuid, "
            "now() + interval '20 s') returning next_probe_at",
            organisation.administration_id,
            organisation.organisation_id,
            failure(COMPANY_INACTIVE).as_contract().model_dump(mode="json"),
        )
    asked = await requested(organisation)
    assert (asked["waiting_for"], datetime.fromisoformat(asked["resume_at"])) == ("pause", due)
    await organisation.carry_requests()
    run = await organisation.run_of(asked["sync_request_id"])
    assert run is not None
    assert (run["state"], run["waiting_for"], run["resume_at"]) == ("queued", "pause", asked["resume_at"])


async def test_those_that_are_paused_are_listed_apart(organisation: Organisation) -> None:
    other = imported(organisation.organisation_id)
    await organisation.deliver(other, organisation.lapsed())

    async def ids(query: str) -> set[str]:
        return {each["administration_id"] for each in await listed(organisation, query)}

    held, free = str(organisation.administration_id), str(other.administration_id)
    assert await ids("?paused=true") == {held}
    assert await ids("?paused=false") == {free}
    assert await ids("") == {held, free}
    [shown] = await listed(organisation, "?paused=true")
    assert shown["paused"]["scope"] == "grant"


async def test_a_pause_says_until_when_to_act(organisation: Organisation) -> None:
    act_by = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    told = act_by.isoformat().replace("+00:00", "Z")
    await organisation.deliver(expiring(organisation, act_by), organisation.lapsed())
    assert (await status(organisation))["paused"]["act_by"] == told
    [waiting] = (await organisation.api("GET", "/v1/reauthorizations")).json()["items"]
    assert waiting["act_by"] == told
    (event,) = await organisation.events("SyncPaused")
    assert event["act_by"] == told


async def test_a_pause_that_has_begun_hears_until_when_to_act(organisation: Organisation) -> None:
    act_by = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    await organisation.deliver(organisation.lapsed(), expiring(organisation, act_by))
    assert (await status(organisation))["paused"]["act_by"] is not None
    await organisation.deliver(organisation.authorized(), organisation.lapsed())
    assert (await status(organisation))["paused"]["act_by"] is None


async def test_a_login_that_was_renewed_needs_no_act_any_more(organisation: Organisation) -> None:
    act_by = datetime.now(UTC) + timedelta(days=1)
    recovered = organisation.recovered(last=organisation.grant_id)
    await organisation.deliver(expiring(organisation, act_by), recovered, organisation.lapsed())
    (event,) = await organisation.events("SyncPaused")
    assert event["act_by"] is None
    [waiting] = (await organisation.api("GET", "/v1/reauthorizations")).json()["items"]
    assert waiting["act_by"] is None


async def test_a_pause_forgets_until_when_to_act_when_its_login_was_renewed(
    organisation: Organisation, database: Database
) -> None:
    soon, later = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) + timedelta(days=5)
    other = imported(organisation.organisation_id)
    its = {"grant_id": other.grant_id, "connection_id": other.connection_id}
    authorized, dying = (
        each.model_copy(update=its) for each in (organisation.authorized(), expiring(organisation, later))
    )
    await organisation.deliver(authorized, other, expiring(organisation, soon), dying)
    async with database.system() as connection:
        await connection.execute(
            "insert into sync_pause (scope, id, organisation_id, rule, failure, resumes_when, act_by) "
            "values ('provider', 'eaccounting', $1, 'provider_down', $2, 'probe', $3)",
            NOBODYS,
            failure(UNAVAILABLE).as_contract().model_dump(mode="json"),
            soon,
        )
    try:
        await organisation.deliver(organisation.recovered(last=organisation.grant_id))
        shown = (await status(organisation))["paused"]["act_by"]
        assert shown is not None, "others are dying still"
        assert datetime.fromisoformat(shown) != soon
    finally:
        async with database.system() as connection:
            await connection.execute("delete from sync_pause where scope = 'provider'")


async def test_another_organisations_pauses_are_not_shown(
    organisation: Organisation, new_organisation: Callable[[], Organisation]
) -> None:
    await organisation.deliver(organisation.lapsed())
    other = await new_organisation().arrive()
    assert await listed(other, "?paused=true") == []
