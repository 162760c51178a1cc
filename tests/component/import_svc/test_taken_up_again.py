"""A wizard that was left: how long it lives, and how it is found again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from .clocks import MovableClock
from .organisation import Json, Organisation
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}


async def listed(organisation: Organisation, query: str = "") -> list[Json]:
    answer = await organisation.api("GET", f"/v1/import-sessions{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def lives(session: Json) -> timedelta:
    return datetime.fromisoformat(session["expires_at"]) - datetime.fromisoformat(session["created_at"])


async def test_a_session_that_nobody_touches_lives_a_week(
    organisation: Organisation, outside: Outside
) -> None:
    session_id, _ = await organisation.discover(await organisation.connect(outside.grant("A")))
    assert lives(await organisation.session(session_id)) == timedelta(days=7)


@pytest.mark.parametrize("act", ["select", "complete"])
async def test_each_act_gives_the_session_another_week(
    organisation: Organisation, outside: Outside, clock: MovableClock, act: str
) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    clock.ahead = timedelta(days=6)
    if act == "select":
        answer = await organisation.select(session_id, [found["A"]])
    else:
        answer = await organisation.complete(session_id, {"candidate_id": found["A"]["id"], "sector": RETAIL})
    assert answer.status_code == 200
    session = await organisation.session(session_id)
    assert timedelta(days=13) <= lives(session) < timedelta(days=13, hours=1)
    assert session["version"] == answer.json()["version"] == 1
    clock.ahead = timedelta(days=12)
    assert (await organisation.session(session_id))["state"] == "selecting"
    clock.ahead = timedelta(days=13, hours=1)
    assert (await organisation.session(session_id))["state"] == "expired"


async def test_what_is_refused_gives_no_other_week_and_no_version(
    organisation: Organisation, outside: Outside
) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    before = await organisation.session(session_id)
    refused = await organisation.complete(session_id, {"candidate_id": found["A"]["id"], "kvk_number": "1"})
    assert refused.status_code == 422
    assert await organisation.session(session_id) == before


async def test_sessions_are_listed_newest_first_with_what_they_hold(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"), outside.grant("B"))
    first, found = await organisation.discover(connection_id)
    await organisation.select(first, [found["A"]])
    second, _ = await organisation.discover(connection_id)
    sessions = await listed(organisation)
    assert [each["id"] for each in sessions] == [second, first]
    shown = await organisation.session(first)
    del shown["failures"]
    assert sessions[1] == shown
    assert (shown["counts"]["selected"], shown["version"], shown["created_by"]) == (
        1,
        1,
        str(organisation.user_id),
    )


async def test_the_list_is_of_one_connection_and_one_state_where_asked(
    organisation: Organisation, outside: Outside
) -> None:
    mine, other = (
        await organisation.connect(outside.grant("A", kvk_number="01234567")),
        await organisation.connect(),
    )
    imported, found = await organisation.discover(mine)
    await organisation.select(imported, [found["A"]])
    await organisation.confirm(imported)
    selecting, _ = await organisation.discover(mine)
    elsewhere = await organisation.start(other)
    assert [each["id"] for each in await listed(organisation, f"?connection_id={mine}")] == [
        selecting,
        imported,
    ]
    assert [each["id"] for each in await listed(organisation, "?state=selecting")] == [selecting]
    assert [
        each["id"] for each in await listed(organisation, f"?state=discovering&connection_id={other}")
    ] == [elsewhere]
    assert (await organisation.api("GET", "/v1/import-sessions?state=open")).status_code == 422


async def test_a_session_past_its_time_is_listed_as_expired_before_a_job_passes_by(
    organisation: Organisation, outside: Outside, clock: MovableClock
) -> None:
    session_id, _ = await organisation.discover(await organisation.connect(outside.grant("A")))
    clock.ahead = timedelta(days=7)
    assert [(each["id"], each["state"]) for each in await listed(organisation, "?state=expired")] == [
        (session_id, "expired")
    ]
    assert await listed(organisation, "?state=selecting") == []


async def test_the_list_comes_in_pages_and_shows_nobody_elses(
    new_organisation: Callable[[], Organisation], outside: Outside
) -> None:
    organisation, stranger = new_organisation(), new_organisation()
    connection_id = await organisation.connect()
    started = [await organisation.start(connection_id) for _ in range(3)]
    first = (await organisation.api("GET", "/v1/import-sessions?limit=2&total=true")).json()
    assert first["total"] == 3
    rest = (
        await organisation.api("GET", f"/v1/import-sessions?limit=2&cursor={first['next_cursor']}")
    ).json()
    seen = [each["id"] for each in first["items"] + rest["items"]]
    assert (seen, rest["next_cursor"]) == (started[::-1], None)
    assert await listed(stranger) == []
