"""Discovery: late logins, failures that pass, failures that stay."""

import httpx

from koppel.testing.eventually import eventually

from .arrivals import Arrivals, authorized, disconnected, reauthorization_required, recovered
from .office import Office
from .outside import Outside


async def test_a_session_waits_for_the_first_login(office: Office, outside: Outside) -> None:
    connection_id = await office.connect()
    session_id = await office.start(connection_id)
    await office.log_in(connection_id, outside.grant("A"))
    assert (await office.until(session_id, "selecting"))["counts"]["candidates"] == 1


async def test_a_login_that_comes_later_adds_its_company_to_the_selection(
    office: Office, outside: Outside
) -> None:
    early, late = outside.grant("Early"), outside.grant("Late")
    connection_id = await office.connect(early)
    session_id, found = await office.discover(connection_id)
    await office.select(session_id, [found["Early"]])
    await office.log_in(connection_id, late)

    async def both() -> bool:
        return {each["name"] for each in await office.candidates(session_id)} == {"Early", "Late"}

    await eventually(both)
    assert outside.asked.count(early) == 1
    assert (await office.session(session_id))["state"] == "selecting"
    selected = {each["name"]: each["selected"] for each in await office.candidates(session_id)}
    assert selected == {"Early": True, "Late": False}


async def test_a_passing_fault_of_the_package_is_tried_again(office: Office, outside: Outside) -> None:
    grant_id = outside.grant("A")
    outside.package_answers(grant_id, httpx.Response(503), httpx.Response(200, content=b"garbage"))
    session_id, found = await office.discover(await office.connect(grant_id))
    assert set(found) == {"A"}
    session = await office.session(session_id)
    assert (session["failures"], session["failure"]) == ([], None)
    assert outside.asked.count(grant_id) == 3


async def test_a_login_that_fails_leaves_the_others_their_companies(office: Office, outside: Outside) -> None:
    broken = outside.grant("Broken")
    outside.package_answers(broken, httpx.Response(403, json={"ErrorCode": 4006}))
    session_id, found = await office.discover(await office.connect(outside.grant("A"), broken))
    assert set(found) == {"A"}
    session = await office.session(session_id)
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


async def test_a_session_fails_when_no_login_works(office: Office, outside: Outside) -> None:
    grants = [outside.grant("A"), outside.grant("B")]
    for each in grants:
        outside.refuses_loans(each, 409, "reauthorization_required")
    session = await office.until(await office.start(await office.connect(*grants)), "failed")
    assert session["failure"]["code"] == "reauthorization_required"
    assert session["failure"]["who_must_act"] == "customer"
    assert outside.asked == []


async def test_a_fault_that_does_not_pass_ends_after_a_few_attempts(office: Office, outside: Outside) -> None:
    grant_id = outside.grant("A")
    outside.package_answers(grant_id, *(httpx.Response(500) for _ in range(9)))
    session = await office.until(await office.start(await office.connect(grant_id)), "failed")
    assert session["failure"]["code"] == "provider_unavailable"
    assert outside.asked.count(grant_id) == 3


async def test_logging_in_again_at_a_failed_grant_discovers_it_in_the_open_session(
    office: Office, outside: Outside, arrivals: Arrivals
) -> None:
    good, lapsed, renewed = outside.grant("Good"), outside.grant("Lapsed"), outside.grant("Renewed")
    connection_id = await office.connect(good, lapsed, renewed)
    for each in (lapsed, renewed):
        outside.refuses_loans(each, 409, "reauthorization_required")
        await arrivals.deliver(reauthorization_required(office.organisation_id, connection_id, each))
    session_id, found = await office.discover(connection_id)
    assert set(found) == {"Good"}
    outside.lends_again(lapsed)
    outside.lends_again(renewed)
    await arrivals.deliver(authorized(office.organisation_id, connection_id, renewed))
    await arrivals.deliver(recovered(office.organisation_id, connection_id, lapsed))

    async def all_there() -> bool:
        names = {each["name"] for each in await office.candidates(session_id)}
        return names == {"Good", "Lapsed", "Renewed"}

    await eventually(all_there)
    assert (await office.session(session_id))["failures"] == []


async def test_events_that_come_twice_change_nothing(
    office: Office, outside: Outside, arrivals: Arrivals
) -> None:
    connection_id = await office.connect(outside.grant("A"))
    again = authorized(office.organisation_id, connection_id, outside.grant("B"))
    await arrivals.deliver(again, times=2)
    _, found = await office.discover(connection_id)
    assert set(found) == {"A", "B"}


async def test_disconnecting_ends_sessions_and_refuses_new_ones(
    office: Office, outside: Outside, arrivals: Arrivals
) -> None:
    grant_id = outside.grant("A", kvk_number="01234567")
    connection_id = await office.connect(grant_id)
    session_id, found = await office.discover(connection_id)
    await office.select(session_id, list(found.values()))
    await arrivals.deliver(*disconnected(office.organisation_id, connection_id, [grant_id]))
    session = await office.session(session_id)
    assert (session["state"], session["failure"]["code"]) == ("failed", "connection_revoked")
    refused = [
        await office.confirm(session_id),
        await office.api("POST", "/v1/import-sessions", {"connection_id": str(connection_id)}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(409, "connection_revoked")}
