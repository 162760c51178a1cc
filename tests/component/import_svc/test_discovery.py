"""Discovery: late logins, failures that pass, failures that stay."""

import httpx

from koppel.testing.eventually import eventually

from .arrivals import Arrivals, authorized, disconnected, reauthorization_required, recovered
from .organisation import Organisation
from .outside import Outside


async def test_a_session_waits_for_the_first_login(organisation: Organisation, outside: Outside) -> None:
    connection_id = await organisation.connect()
    session_id = await organisation.start(connection_id)
    await organisation.log_in(connection_id, outside.grant("A"))
    assert (await organisation.until(session_id, "selecting"))["counts"]["candidates"] == 1


async def test_a_login_that_comes_later_adds_its_company_to_the_selection(
    organisation: Organisation, outside: Outside
) -> None:
    early, late = outside.grant("Early"), outside.grant("Late")
    connection_id = await organisation.connect(early)
    session_id, found = await organisation.discover(connection_id)
    await organisation.select(session_id, [found["Early"]])
    await organisation.log_in(connection_id, late)

    async def both() -> bool:
        return {each["name"] for each in await organisation.candidates(session_id)} == {"Early", "Late"}

    await eventually(both)
    assert outside.asked.count(early) == 1
    assert (await organisation.session(session_id))["state"] == "selecting"
    selected = {each["name"]: each["selected"] for each in await organisation.candidates(session_id)}
    assert selected == {"Early": True, "Late": False}


async def test_a_passing_fault_of_the_provider_is_tried_again(
    organisation: Organisation, outside: Outside
) -> None:
    grant_id = outside.grant("A")
    outside.provider_answers(grant_id, httpx.Response(503), httpx.Response(200, content=b"garbage"))
    session_id, found = await organisation.discover(await organisation.connect(grant_id))
    assert set(found) == {"A"}
    session = await organisation.session(session_id)
    assert (session["failures"], session["failure"]) == ([], None)
    assert outside.asked.count(grant_id) == 3


async def test_a_login_that_fails_leaves_the_others_their_companies(
    organisation: Organisation, outside: Outside
) -> None:
    broken = outside.grant("Broken")
    outside.provider_answers(broken, httpx.Response(403, json={"ErrorCode": 4006}))
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A"), broken))
    assert set(found) == {"A"}
    session = await organisation.session(session_id)
    assert (session["counts"]["discovered"], session["counts"]["failed"]) == (1, 1)
    [failure] = session["failures"]
    assert (
        failure.items()
        >= {
            "grant_id": str(broken),
            "origin": "credential",
            "type": "forbidden",
            "who_must_act": "customer",
            "code": "scope_missing",
            "attempts": 1,
            "next_attempt_at": None,
        }.items()
    )


async def test_a_session_fails_when_no_login_works(organisation: Organisation, outside: Outside) -> None:
    grants = [outside.grant("A"), outside.grant("B")]
    for each in grants:
        outside.refuses_tokens(each, 409, "reauthorization_required")
    session = await organisation.until(
        await organisation.start(await organisation.connect(*grants)), "failed"
    )
    assert session["failure"]["code"] == "reauthorization_required"
    assert session["failure"]["who_must_act"] == "customer"
    assert outside.asked == []


async def test_a_fault_that_does_not_pass_ends_after_a_few_attempts(
    organisation: Organisation, outside: Outside
) -> None:
    grant_id = outside.grant("A")
    outside.provider_answers(grant_id, *(httpx.Response(500) for _ in range(9)))
    session = await organisation.until(
        await organisation.start(await organisation.connect(grant_id)), "failed"
    )
    assert session["failure"]["code"] == "provider_unavailable"
    assert outside.asked.count(grant_id) == 3


async def test_logging_in_again_at_a_failed_grant_discovers_it_in_the_open_session(
    organisation: Organisation, outside: Outside, arrivals: Arrivals
) -> None:
    good, lapsed, renewed = outside.grant("Good"), outside.grant("Lapsed"), outside.grant("Renewed")
    connection_id = await organisation.connect(good, lapsed, renewed)
    for each in (lapsed, renewed):
        outside.refuses_tokens(each, 409, "reauthorization_required")
        await arrivals.deliver(reauthorization_required(organisation.organisation_id, connection_id, each))
    session_id, found = await organisation.discover(connection_id)
    assert set(found) == {"Good"}
    outside.issues_again(lapsed)
    outside.issues_again(renewed)
    await arrivals.deliver(authorized(organisation.organisation_id, connection_id, renewed))
    await arrivals.deliver(recovered(organisation.organisation_id, connection_id, lapsed))

    async def all_there() -> bool:
        names = {each["name"] for each in await organisation.candidates(session_id)}
        return names == {"Good", "Lapsed", "Renewed"}

    await eventually(all_there)
    assert (await organisation.session(session_id))["failures"] == []


async def test_events_that_come_twice_change_nothing(
    organisation: Organisation, outside: Outside, arrivals: Arrivals
) -> None:
    connection_id = await organisation.connect(outside.grant("A"))
    again = authorized(organisation.organisation_id, connection_id, outside.grant("B"))
    await arrivals.deliver(again, times=2)
    _, found = await organisation.discover(connection_id)
    assert set(found) == {"A", "B"}


async def test_disconnecting_ends_sessions_and_refuses_new_ones(
    organisation: Organisation, outside: Outside, arrivals: Arrivals
) -> None:
    grant_id = outside.grant("A", kvk_number="01234567")
    connection_id = await organisation.connect(grant_id)
    session_id, found = await organisation.discover(connection_id)
    await organisation.select(session_id, list(found.values()))
    await arrivals.deliver(*disconnected(organisation.organisation_id, connection_id, [grant_id]))
    session = await organisation.session(session_id)
    assert (session["state"], session["failure"]["code"]) == ("failed", "connection_revoked")
    refused = [
        await organisation.confirm(session_id),
        await organisation.api("POST", "/v1/import-sessions", {"connection_id": str(connection_id)}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(409, "connection_revoked")}
