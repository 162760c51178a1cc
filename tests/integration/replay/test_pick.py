"""Which events a filter picks, in which order, and that the pick is frozen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from koppel.contracts.administration import AdministrationImported, AdministrationRenamed
from koppel.kernel.errors import InvalidInput
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.replay.filter import ReplayFilter, StreamRange, asked_topics
from koppel.platform.replay.freeze import freeze
from koppel.platform.replay.model import with_targets
from koppel.testing.administrations import imported
from koppel.testing.organisations import Organisation

from .stage import TARGET, TOPIC, Stage


def _range(organisation: Organisation, low: int | None = None, high: int | None = None) -> StreamRange:
    return StreamRange(
        topic=TOPIC, key=str(organisation.administration_id), from_version=low, to_version=high
    )


async def _versions(stage: Stage, **conditions: Any) -> list[int]:
    picked = await stage.picked(await stage.plan(**conditions))
    return [version for _, version, *_ in picked]


async def test_a_segment_is_a_stream_with_rising_versions(stage: Stage) -> None:
    one, other = Organisation(), Organisation()
    for version in (1, 2, 3):
        await stage.log(one, version)
        await stage.log(other, version)
    picked = await stage.picked(
        await stage.plan(administration_ids=[one.administration_id, other.administration_id])
    )
    expected = [
        (key, version, version == 1, version == 3, 3)
        for key in sorted((str(one.administration_id), str(other.administration_id)))
        for version in (1, 2, 3)
    ]
    assert picked == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(None, None, [1, 2, 3, 4, 5]), (2, 4, [2, 3, 4]), (4, None, [4, 5]), (None, 2, [1, 2]), (6, 9, [])],
)
async def test_a_range_of_versions(
    stage: Stage, low: int | None, high: int | None, expected: list[int]
) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3, 4, 5)
    assert await _versions(stage, streams=[_range(organisation, low, high)]) == expected


async def test_ranges_that_overlap_pick_an_event_once(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3, 4)
    assert await _versions(stage, streams=[_range(organisation, 1, 3), _range(organisation, 2, 4)]) == [
        1,
        2,
        3,
        4,
    ]


@pytest.mark.parametrize(("low", "expected"), [(1, [1, 2, 3, 4]), (3, [3, 4])])
async def test_a_rebuild_goes_on_to_the_newest_version(stage: Stage, low: int, expected: list[int]) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3, 4)
    picked = await stage.picked(await stage.plan(mode="rebuild", streams=[_range(organisation, low, low)]))
    assert [version for _, version, *_ in picked] == expected
    assert {upto for *_, upto in picked} == {4}


@pytest.mark.parametrize(
    ("kept", "low", "incomplete"),
    [([1, 2, 3], 1, False), ([1, 2, 3], 2, True), ([2, 3], 1, True), ([1, 3], 1, True)],
)
async def test_the_plan_of_a_rebuild_says_whether_the_log_holds_the_whole_stream(
    stage: Stage, kept: list[int], low: int, incomplete: bool
) -> None:
    organisation, other = Organisation(), Organisation()
    await stage.log(organisation, 1, 2, 3)
    await stage.log(other, 1)
    async with stage.database.system() as connection:
        await connection.execute(
            "delete from event_log where key = $1 and version <> all($2)",
            str(organisation.administration_id),
            kept,
        )
    streams = [_range(organisation, low), _range(other)]
    rebuild = await stage.get(await stage.plan(mode="rebuild", streams=streams))
    assert rebuild.incomplete_log is incomplete
    repair = await stage.get(await stage.plan(mode="repair", streams=streams))
    assert repair.incomplete_log is False


async def test_an_organisation_a_type_and_a_time(stage: Stage) -> None:
    organisation = Organisation()
    event = imported(organisation.organisation_id, administration_id=organisation.administration_id)
    async with stage.database.system() as connection:
        await EventLog(connection).append(event)
    await stage.log(organisation, 2)
    await stage.log(Organisation(), 1)
    mine = {"organisation_id": organisation.organisation_id}
    now = datetime.now(UTC)
    assert await _versions(stage, **mine) == [1, 2]
    assert await _versions(stage, **mine, types=[AdministrationRenamed.type_name()]) == [2]
    assert await _versions(stage, **mine, types=[AdministrationImported.type_name()]) == [1]
    assert await _versions(stage, **mine, from_=now) == []
    assert await _versions(
        stage, **mine, from_=now - timedelta(minutes=1), to=now + timedelta(minutes=1)
    ) == [1, 2]
    assert (
        await _versions(stage, organisation_id=organisation.organisation_id, administration_ids=[new_id()])
        == []
    )


async def test_records_are_found_by_their_administration(database: Database) -> None:
    mine, others, replay_id = new_id(), new_id(), new_id()
    async with database.system() as connection:
        for key in (f"{mine}/contact/1", f"{mine}/contact/2", f"{others}/contact/1"):
            await connection.execute(
                "insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload) "
                "values ($1, 'koppel.record.v1', $2, 7, 'x', $1, now(), '{}')",
                new_id(),
                key,
            )
        asked = ReplayFilter(administration_ids=[mine])
        await freeze(connection, replay_id, asked, asked_topics(asked, "sync-svc", "repair"), "repair")
        found = await connection.fetch(
            "select key from replay_event join event_log using (seq, logged_on) where replay_id = $1 order by position",
            replay_id,
        )
    assert [row["key"] for row in found] == [f"{mine}/contact/1", f"{mine}/contact/2"]


async def test_the_plan_of_a_large_log_reads_it_by_stream(database: Database) -> None:
    """A gap's repair must not read the log whole."""
    replay_id, key = new_id(), str(new_id())
    async with database.system() as connection:
        await connection.execute(
            "insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload) "
            "select gen_random_uuid(), $1, $2 || (n % 20000), n / 20000 + 1, 'x', gen_random_uuid(), now(), '{}' "
            "from generate_series(0, 199999) n",
            TOPIC,
            key,
        )
        await connection.execute("set local enable_seqscan = on")
        asked = ReplayFilter(streams=[StreamRange(topic=TOPIC, key=f"{key}77", from_version=3, to_version=8)])
        before = await _scanned(connection)
        await freeze(connection, replay_id, asked, [TOPIC], "repair")
        assert await _scanned(connection) == before
        count = await connection.fetchval("select count(*) from replay_event where replay_id = $1", replay_id)
    assert count == 6


async def _scanned(connection: Any) -> int:
    """Rows of the log that were read by reading it whole, in this transaction too."""
    found = await connection.fetchval(
        "select coalesce(sum(seq_tup_read), 0) from pg_stat_xact_user_tables where relname like 'event_log%'"
    )
    return int(found)


@pytest.mark.parametrize(
    ("conditions", "code", "pointer", "told"),
    [
        ({}, "filter_empty", "/filter", "condition"),
        ({"types": None, "streams": None, "parked_only": False}, "filter_empty", "/filter", "condition"),
        ({"types": ["nl.koppel.Nothing.v1"]}, "filter_invalid", "/filter/types/0", "AdministrationImported"),
        ({"types": ["nl.koppel.SyncStarted.v1"]}, "filter_invalid", "/filter/types/0", "sync-svc owns it"),
        ({"types": ["nl.koppel.GapFound.v1"]}, "filter_invalid", "/filter/types/0", "nobody keeps"),
        ({"streams": [StreamRange(topic="x", key="y")]}, "filter_invalid", "/filter/streams/0/topic", TOPIC),
        (
            {"streams": [StreamRange(topic="koppel.sync.v1", key="y")]},
            "filter_invalid",
            "/filter/streams/0/topic",
            "sync-svc",
        ),
        (
            {"streams": [StreamRange(topic=TOPIC, key="y", from_version=3, to_version=2)]},
            "filter_invalid",
            "/filter/streams/0/to_version",
            "below",
        ),
        (
            {"from_": datetime(2026, 1, 2, tzinfo=UTC), "to": datetime(2026, 1, 1, tzinfo=UTC)},
            "filter_invalid",
            "/filter/to",
            "after",
        ),
    ],
)
async def test_a_filter_that_is_refused(
    stage: Stage, conditions: dict[str, Any], code: str, pointer: str, told: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await stage.plan(**conditions)
    assert refused.value.code == code
    assert refused.value.errors[0].pointer == pointer
    assert told in refused.value.errors[0].message


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (["nobody-svc"], "assignment-svc"),
        (["import-svc"], "reads nothing"),
        (["Not A Name"], "lower-case"),
        ([TARGET, ".hidden"], "lower-case"),
    ],
)
async def test_a_target_that_is_refused(stage: Stage, target: list[str], told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await stage.plan(organisation=Organisation(), target=target)
    assert refused.value.code == "target_unknown"
    assert told in refused.value.errors[0].message


async def test_all_are_those_that_read_the_topic(stage: Stage) -> None:
    replay = await stage.get(await stage.plan(organisation=Organisation(), target="all"))
    assert [each.consumer for each in replay.targets] == [
        "assignment-svc",
        "connection-svc",
        "sync-svc",
    ]


async def test_a_snapshot_is_asked_of_the_service_that_keeps_records(stage: Stage) -> None:
    with pytest.raises(InvalidInput) as refused:
        await stage.plan(mode="snapshot", administration_ids=[new_id()])
    assert refused.value.code == "snapshot_not_here"


async def test_columns_of_a_newer_version_are_none_of_ours(stage: Stage) -> None:
    """Its migration comes before the last process of this version is gone."""
    organisation = Organisation()
    await stage.log(organisation, 1)
    replay_id = await stage.plan(organisation=organisation)
    async with stage.database.system() as connection:
        row = await connection.fetchrow("select *, 1 as of_tomorrow from replay where id = $1", replay_id)
        assert row is not None
        [replay] = await with_targets(connection, [row])
    assert replay.id == replay_id
