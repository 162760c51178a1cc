"""Many parked events are tried again as one act over HTTP: at once or step by step, and what became of each is told."""

from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest

from koppel.kernel.errors import Permanent, Transient
from koppel.kernel.ids import new_id
from koppel.platform.consumer.parked import releases
from koppel.platform.consumer.parked.release import end_of_step, forget_releases

from .conftest import Caller
from .situation import Situation, names

COUNTS = ("asked", "applied", "parked_again", "waiting", "otherwise")


class Desk:
    """An operator, and events that are parked for the cause `refused`."""

    def __init__(self, http: httpx.AsyncClient, situation: Situation) -> None:
        self.http = http
        self.situation = situation

    async def park(self, number: int, name: str = "refused") -> None:
        self.situation.failing[name] = Permanent(name, "No.")
        await self.situation.arrive(*(self.situation.elsewhere(name, 1) for _ in range(number)))

    async def ask(self, **more: Any) -> httpx.Response:
        cause = {"consumer": self.situation.consumer, "code": "refused"}
        body = {"reason": "mended", **({} if "ids" in more else {"cause": cause}), **more}
        return await self.http.post("/ops/v1/parked/retry", json=body)

    async def release(self, **more: Any) -> Any:
        return (await self.ask(**more)).raise_for_status().json()

    async def show(self, release_id: str) -> Any:
        return (await self.http.get(f"/ops/v1/releases/{release_id}")).raise_for_status().json()

    async def until_it_rests(self, release_id: str) -> Any:
        """As the two periodic jobs do."""
        while await self.situation.retry.run_due() or await self.situation.releases.run_due():
            pass
        return await self.show(release_id)


@pytest.fixture
def desk(operator: httpx.AsyncClient, situation: Situation) -> Desk:
    return Desk(operator, situation)


def _counts(shown: Any) -> tuple[int, ...]:
    return tuple(shown[name] for name in COUNTS)


async def test_what_became_of_each_is_counted(desk: Desk) -> None:
    await desk.park(5)
    told = await desk.release()
    assert (told["asked"], told["released"], told["not_parked"]) == (5, 5, [])
    before = await desk.show(told["release_id"])
    assert (before["state"], _counts(before)) == ("running", (5, 0, 0, 5, 0))
    desk.situation.failing.clear()
    after = await desk.until_it_rests(told["release_id"])
    assert (after["state"], _counts(after)) == ("finished", (5, 5, 0, 0, 0))
    assert [each["events"] for each in after["steps"]] == [5]


async def test_who_why_and_what_was_asked_are_told(person: Caller, situation: Situation) -> None:
    user = new_id()
    desk = Desk(person("operator", user=user), situation)
    await desk.park(1)
    shown = await desk.show((await desk.release(ladder=[1, 10], rate=5))["release_id"])
    assert (shown["who"], shown["why"], shown["rate"], shown["ladder"]) == (
        f"person:{user}",
        "mended",
        5,
        [1, 10],
    )
    assert shown["filter"] == {"cause": {"consumer": situation.consumer, "code": "refused"}}


async def test_a_ladder_tries_one_then_ten_then_the_last_step_again_and_again(desk: Desk) -> None:
    await desk.park(35)
    told = await desk.release(ladder=[1, 10])
    assert (told["asked"], told["released"]) == (35, 1)
    desk.situation.failing.clear()
    shown = await desk.until_it_rests(told["release_id"])
    assert [each["events"] for each in shown["steps"]] == [1, 10, 10, 10, 4]
    assert (shown["state"], _counts(shown)) == ("finished", (35, 35, 0, 0, 0))


async def test_a_ladder_stops_when_a_step_is_parked_again(desk: Desk) -> None:
    await desk.park(30)
    told = await desk.release(ladder=[1, 10, 100])
    desk.situation.failing.clear()
    await desk.situation.retry.run_due()
    desk.situation.failing["refused"] = Permanent("worse", "No.")
    shown = await desk.until_it_rests(told["release_id"])
    assert (shown["state"], _counts(shown)) == ("stopped", (30, 1, 10, 19, 0))
    assert shown["ended_at"] is not None
    causes = names(await desk.situation.parked(), "cause_code")
    assert (causes.count("worse"), causes.count("refused")) == (10, 19)


async def test_a_ladder_stops_when_what_waited_behind_an_event_is_parked(desk: Desk) -> None:
    situation = desk.situation
    situation.failing["refused"] = Permanent("refused", "No.")
    await situation.arrive(situation.renamed("refused", 1), situation.renamed("follower", 2))
    await desk.park(3)
    told = await desk.release(ladder=[1, 10])
    situation.failing.clear()
    situation.failing["follower"] = Permanent("worse", "No.")
    shown = await desk.until_it_rests(told["release_id"])
    assert (shown["state"], _counts(shown)) == ("stopped", (4, 0, 1, 3, 0))
    assert names(await situation.parked(), "cause_code").count("worse") == 1


async def test_the_oldest_are_tried_first_and_no_more_than_asked(desk: Desk) -> None:
    await desk.park(4)
    oldest = sorted(names(await desk.situation.parked(), "id"))  # type: ignore[type-var]
    desk.situation.failing.clear()
    told = await desk.release(limit=2, ladder=[1])
    shown = await desk.until_it_rests(told["release_id"])
    assert (shown["state"], _counts(shown)) == ("finished", (2, 2, 0, 0, 0))
    assert sorted(names(await desk.situation.parked(), "id")) == oldest[2:]  # type: ignore[type-var]


async def test_an_event_that_is_tried_again_by_itself_is_waited_for(desk: Desk, situation: Situation) -> None:
    await desk.park(3)
    situation.failing["refused"] = Transient("busy", "Later.", retry_after=3_600)
    told = await desk.release(ladder=[1])
    shown = await desk.until_it_rests(told["release_id"])
    assert (shown["state"], _counts(shown)) == ("running", (3, 0, 0, 3, 0))
    assert [each["waiting"] for each in shown["steps"]] == [1]


async def test_at_a_rate_each_has_its_moment(desk: Desk, situation: Situation) -> None:
    await desk.park(4)
    await desk.release(rate=2)
    due = sorted(names(await situation.parked(), "next_attempt_at"))  # type: ignore[type-var]
    gaps = [round((later - before).total_seconds(), 3) for before, later in pairwise(due)]  # type: ignore[operator]
    assert gaps == [0.5, 0.5, 0.5]


async def test_what_was_discarded_meanwhile_is_counted_apart_and_holds_nothing_up(desk: Desk) -> None:
    await desk.park(3)
    told = await desk.release(ladder=[1, 2])
    first = min(await desk.situation.parked(), key=lambda row: row["id"])
    discard = f"/ops/v1/parked/{first['id']}/discard"
    (await desk.http.post(discard, json={"reason": "x"})).raise_for_status()
    desk.situation.failing.clear()
    shown = await desk.until_it_rests(told["release_id"])
    assert (shown["state"], _counts(shown)) == ("finished", (3, 2, 0, 0, 1))


@pytest.mark.parametrize("batch", [3, 200])
async def test_a_process_that_died_in_the_middle_is_carried_on_by_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(releases, "_BATCH", batch)
    await desk.park(10)

    advance, batches = releases.Releases._advance, iter([1])

    async def dies_after_one(self: releases.Releases, release_id: UUID) -> bool:
        if next(batches, None) is None:
            raise RuntimeError("killed")
        return await advance(self, release_id)

    with monkeypatch.context() as context:
        context.setattr(releases.Releases, "_advance", dies_after_one)
        assert (await desk.ask()).status_code == 500
    desk.situation.failing.clear()
    (only,) = (await desk.http.get("/ops/v1/releases", params={"state": "running", "limit": 1})).json()[
        "items"
    ]
    assert _counts(await desk.until_it_rests(only["id"])) == (10, 10, 0, 0, 0)


async def test_the_same_key_is_one_release(desk: Desk) -> None:
    await desk.park(2)
    key = {"Idempotency-Key": str(new_id())}
    body = {"cause": {"consumer": desk.situation.consumer, "code": "refused"}, "reason": "x"}
    first, again = [
        (await desk.http.post("/ops/v1/parked/retry", json=body, headers=key)).json() for _ in range(2)
    ]
    assert first == again
    assert first["asked"] == 2


async def test_ids_that_are_parked_no_more_are_named_and_nothing_is_a_release_of_nothing(desk: Desk) -> None:
    await desk.park(1)
    (row,) = await desk.situation.parked()
    gone = str(new_id())
    told = await desk.release(ids=[str(row["id"]), gone])
    assert (told["asked"], told["not_parked"]) == (1, [gone])
    nothing = await desk.release(ids=[gone])
    shown = await desk.show(nothing["release_id"])
    assert (nothing["asked"], shown["state"], shown["steps"]) == (0, "finished", [])


async def test_they_are_listed_newest_first_by_state(desk: Desk) -> None:
    await desk.park(2)
    running = (await desk.release())["release_id"]
    finished = (await desk.release(ids=[str(new_id())]))["release_id"]
    listed = (await desk.http.get("/ops/v1/releases", params={"limit": 2})).json()["items"]
    assert [each["id"] for each in listed] == [finished, running]
    only = (await desk.http.get("/ops/v1/releases", params={"state": "running", "limit": 1})).json()
    assert [each["id"] for each in only["items"]] == [running]


async def test_ten_thousand_of_one_cause_are_counted_by_the_server(desk: Desk, situation: Situation) -> None:
    await desk.park(1)
    async with situation.database.system() as connection:
        await connection.execute(
            """
            insert into parked_event (id, consumer, topic, partition, "offset", key, raw_headers, cause_class, cause_code,
                                      cause_detail)
            select uuidv7(), consumer, topic, 0, -n, n::text, '[]', 'permanent', 'refused', 'No.'
            from parked_event, generate_series(1, 9999) n where consumer = $1
            """,
            situation.consumer,
        )
    told = await desk.release(ladder=[1, 10, 100])
    assert (told["asked"], told["released"]) == (10_000, 1)
    assert _counts(await desk.show(told["release_id"])) == (10_000, 0, 0, 10_000, 0)
    causes = await desk.http.get("/ops/v1/parked-causes", params={"consumer": situation.consumer})
    assert sum(each["events"] for each in causes.json()["items"]) == 10_000


@pytest.mark.parametrize(
    "more",
    [
        {"ladder": [0]},
        {"ladder": [1] * 21},
        {"rate": 0},
        {"limit": 0},
        {"cause": None},
        {"cause": {}},
        {"ids": []},
        {"reason": " "},
        {"ladder": "1,10"},
    ],
)
async def test_what_is_no_release_is_refused(desk: Desk, more: dict[str, Any]) -> None:
    refused = await desk.ask(**more)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


async def test_an_id_of_nothing_is_404(desk: Desk) -> None:
    answer = await desk.http.get(f"/ops/v1/releases/{new_id()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "release_not_found")


async def test_after_thirty_days_what_is_over_is_forgotten(desk: Desk, situation: Situation) -> None:
    await desk.park(1)
    running = (await desk.release())["release_id"]
    over = (await desk.release(ids=[str(new_id())]))["release_id"]
    async with situation.database.system() as connection:
        await connection.execute(
            "update parked_release set created_at = now() - interval '31 days' where id = any($1::text[]::uuid[])",
            [running, over],
        )
        await forget_releases(connection)
    assert (await desk.http.get(f"/ops/v1/releases/{over}")).status_code == 404
    assert (await desk.show(running))["state"] == "running"


@pytest.mark.parametrize(
    ("ladder", "step", "end"),
    [
        ([], 1, 25),
        ([1, 10], 0, 0),
        ([1, 10], 1, 1),
        ([1, 10], 2, 11),
        ([1, 10], 3, 21),
        ([1, 10], 4, 25),
        ([100], 1, 25),
    ],
)
def test_a_step_ends_where_its_ladder_says(ladder: list[int], step: int, end: int) -> None:
    assert end_of_step(ladder, step, 25) == end
