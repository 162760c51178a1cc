"""A wizard that was left: how long it lives, and how it is found again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from .clocks import MovableClock
from .office import Json, Office
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}


async def listed(office: Office, query: str = "") -> list[Json]:
    answer = await office.api("GET", f"/v1/import-sessions{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def lives(session: Json) -> timedelta:
    return datetime.fromisoformat(session["expires_at"]) - datetime.fromisoformat(session["created_at"])


async def test_a_session_that_nobody_touches_lives_a_week(office: Office, outside: Outside) -> None:
    session_id, _ = await office.discover(await office.connect(outside.grant("A")))
    assert lives(await office.session(session_id)) == timedelta(days=7)


@pytest.mark.parametrize("act", ["select", "complete"])
async def test_each_act_gives_the_session_another_week(
    office: Office, outside: Outside, clock: MovableClock, act: str
) -> None:
    session_id, found = await office.discover(await office.connect(outside.grant("A")))
    clock.ahead = timedelta(days=6)
    if act == "select":
        answer = await office.select(session_id, [found["A"]])
    else:
        answer = await office.complete(session_id, {"candidate_id": found["A"]["id"], "sector": RETAIL})
    assert answer.status_code == 200
    session = await office.session(session_id)
    assert timedelta(days=13) <= lives(session) < timedelta(days=13, hours=1)
    assert session["version"] == answer.json()["version"] == 1
    clock.ahead = timedelta(days=12)
    assert (await office.session(session_id))["state"] == "selecting"
    clock.ahead = timedelta(days=13, hours=1)
    assert (await office.session(session_id))["state"] == "expired"


async def test_what_is_refused_gives_no_other_week_and_no_version(office: Office, outside: Outside) -> None:
    session_id, found = await office.discover(await office.connect(outside.grant("A")))
    before = await office.session(session_id)
    refused = await office.complete(session_id, {"candidate_id": found["A"]["id"], "kvk_number": "1"})
    assert refused.status_code == 422
    assert await office.session(session_id) == before


async def test_sessions_are_listed_newest_first_with_what_they_hold(office: Office, outside: Outside) -> None:
    connection_id = await office.connect(outside.grant("A", kvk_number="01234567"), outside.grant("B"))
    first, found = await office.discover(connection_id)
    await office.select(first, [found["A"]])
    second, _ = await office.discover(connection_id)
    sessions = await listed(office)
    assert [each["id"] for each in sessions] == [second, first]
    shown = await office.session(first)
    del shown["failures"]
    assert sessions[1] == shown
    assert (shown["counts"]["selected"], shown["version"], shown["created_by"]) == (1, 1, str(office.user_id))


async def test_the_list_is_of_one_connection_and_one_state_where_asked(
    office: Office, outside: Outside
) -> None:
    mine, other = await office.connect(outside.grant("A", kvk_number="01234567")), await office.connect()
    imported, found = await office.discover(mine)
    await office.select(imported, [found["A"]])
    await office.confirm(imported)
    selecting, _ = await office.discover(mine)
    elsewhere = await office.start(other)
    assert [each["id"] for each in await listed(office, f"?connection_id={mine}")] == [selecting, imported]
    assert [each["id"] for each in await listed(office, "?state=selecting")] == [selecting]
    assert [each["id"] for each in await listed(office, f"?state=discovering&connection_id={other}")] == [
        elsewhere
    ]
    assert (await office.api("GET", "/v1/import-sessions?state=open")).status_code == 422


async def test_a_session_past_its_time_is_listed_as_expired_before_a_job_passes_by(
    office: Office, outside: Outside, clock: MovableClock
) -> None:
    session_id, _ = await office.discover(await office.connect(outside.grant("A")))
    clock.ahead = timedelta(days=7)
    assert [(each["id"], each["state"]) for each in await listed(office, "?state=expired")] == [
        (session_id, "expired")
    ]
    assert await listed(office, "?state=selecting") == []


async def test_the_list_comes_in_pages_and_shows_nobody_elses(
    new_office: Callable[[], Office], outside: Outside
) -> None:
    office, stranger = new_office(), new_office()
    connection_id = await office.connect()
    started = [await office.start(connection_id) for _ in range(3)]
    first = (await office.api("GET", "/v1/import-sessions?limit=2")).json()
    rest = (await office.api("GET", f"/v1/import-sessions?limit=2&cursor={first['next_cursor']}")).json()
    seen = [each["id"] for each in first["items"] + rest["items"]]
    assert (seen, rest["next_cursor"]) == (started[::-1], None)
    assert await listed(stranger) == []
