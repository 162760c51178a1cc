"""Phases, locks that are held, indexes that are built concurrently, two processes at once."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from koppel.kernel.errors import Conflict, KoppelError, Permanent, Transient
from koppel.platform import service as assembling
from koppel.platform.migrations import Limits, Phase, SchemaCheck, migrate
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, ProcessRole, ServiceSettings
from koppel.testing.databases import ServiceDatabase
from koppel.testing.eventually import eventually
from koppel.testing.tokens import TokenIssuer

FIRST, SECOND, THIRD = "0001_pre_first.sql", "0002_post_second.sql", "0003_pre_third.sql"
INDEX = "0002_post_index.sql"
BUILD = "-- one\ncreate unique index concurrently if not exists first_a on first (a);\n"
SOON = Limits(lock=timedelta(milliseconds=50))

Made = Callable[..., str]


@pytest.fixture
def both(package: Made) -> str:
    return package(**{
        FIRST: "create table first (a int)",
        SECOND: "alter table first drop column a",
        THIRD: "create table third (a int)",
    })  # fmt: skip


async def _run(
    service: ServiceDatabase, package: str, phase: Phase | None = None, limits: Limits | None = None
) -> list[str]:
    done = await migrate(service.owner_dsn, service.schema, package, phase, limits)
    return [name.removeprefix(f"{package}/") for name in done]


async def _is_valid(service: ServiceDatabase) -> bool | None:
    connection = await asyncpg.connect(service.admin_dsn)
    try:
        return await connection.fetchval(
            "select indisvalid from pg_index where indexrelid = to_regclass('platform.first_a')"
        )
    finally:
        await connection.close()


async def test_each_phase_applies_its_own(service: ServiceDatabase, both: str) -> None:
    assert await _run(service, both, Phase.PRE) == [FIRST, THIRD]
    assert await _run(service, both, Phase.PRE) == []
    assert await _run(service, both, Phase.POST) == [SECOND]


async def test_without_a_phase_both_run_in_order_of_number(service: ServiceDatabase, both: str) -> None:
    assert await _run(service, both) == [FIRST, SECOND, THIRD]


async def test_what_comes_after_the_last_old_process_does_not_come_before_the_new_one(
    service: ServiceDatabase, both: str
) -> None:
    with pytest.raises(Conflict, match="pre_migrations_pending"):
        await _run(service, both, Phase.POST)


async def test_ready_with_a_pending_post_and_not_with_a_pending_pre(
    service: ServiceDatabase, both: str
) -> None:
    check = SchemaCheck(service.open(), both)
    with pytest.raises(Transient, match=r"migrations_pending: 2 .*0001_pre_first\.sql"):
        await check.run()
    await _run(service, both, Phase.PRE)
    await check.run()


async def test_a_schema_without_any_migration_is_not_ready(service: ServiceDatabase, both: str) -> None:
    admin = await asyncpg.connect(service.admin_dsn)
    await admin.execute("drop table platform.schema_migration")
    await admin.close()
    with pytest.raises(Transient, match="migrations_pending"):
        await SchemaCheck(service.open(), both).run()


async def test_newer_codes_scripts_make_older_code_neither_unready_nor_undo_them(
    service: ServiceDatabase, both: str
) -> None:
    await _run(service, both)
    older = "koppel.testing.platform_only"
    await SchemaCheck(service.open(), older).run()
    assert await _run(service, older) == []


async def test_an_edited_script_is_refused_in_either_phase(
    service: ServiceDatabase, both: str, package: Made
) -> None:
    await _run(service, both)
    package(**{SECOND: "alter table first add column b int"})
    with pytest.raises(Conflict, match="migration_edited"):
        await _run(service, both, Phase.PRE)


async def test_a_held_lock_ends_it_with_one_line_and_a_hint(service: ServiceDatabase, package: Made) -> None:
    made = package(**{FIRST: "create table first (a int)"})
    await _run(service, made)
    package(**{THIRD: "alter table first add column b int"})
    holder = await asyncpg.connect(service.owner_dsn)
    async with holder.transaction():
        await holder.execute("lock table platform.first in access share mode")
        with pytest.raises(Transient, match="migration_lock_busy") as refused:
            await _run(service, made, limits=SOON)
    await holder.close()
    assert "hint:" in refused.value.detail
    assert "\n" not in refused.value.detail
    assert await _run(service, made) == [THIRD]


async def test_the_lock_time_out_is_two_seconds(service: ServiceDatabase, package: Made) -> None:
    made = package(**{FIRST: "create table first as select current_setting('lock_timeout') as told"})
    await _run(service, made)
    connection = await asyncpg.connect(service.owner_dsn)
    assert await connection.fetchval("select told from platform.first") == "2s"
    await connection.close()


async def test_a_statement_that_takes_too_long_is_stopped_and_changes_nothing(
    service: ServiceDatabase, package: Made
) -> None:
    made = package(**{FIRST: "create table first (a int); select pg_sleep(60)"})
    with pytest.raises(Transient, match="migration_too_slow"):
        await _run(service, made, limits=Limits(statement=timedelta(milliseconds=50)))
    package(**{FIRST: "create table first (a int)"})
    assert await _run(service, made) == [FIRST]


async def test_what_the_server_refuses_is_one_line(service: ServiceDatabase, package: Made) -> None:
    with pytest.raises(Permanent, match="migration_refused") as refused:
        await _run(service, package(**{FIRST: "create table first (a nonsense)"}))
    assert "\n" not in refused.value.detail


async def test_an_index_is_built_while_a_writer_holds_the_table(
    service: ServiceDatabase, package: Made
) -> None:
    made = package(**{FIRST: "create table first (a int)", INDEX: BUILD})
    await _run(service, made, Phase.PRE)
    writer = await asyncpg.connect(service.owner_dsn)
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute("insert into platform.first values (1)")
    building = asyncio.create_task(_run(service, made, Phase.POST, SOON))

    async def waits_for_the_writer() -> bool:
        return await _is_valid(service) is False

    await eventually(waits_for_the_writer)
    await writer.execute("insert into platform.first values (2)")
    await transaction.commit()
    await writer.close()
    assert await building == [INDEX]
    assert await _is_valid(service)


async def test_an_index_that_a_failed_try_left_invalid_is_repaired(
    service: ServiceDatabase, package: Made
) -> None:
    made = package(**{FIRST: "create table first (a int); insert into first values (1), (1)", INDEX: BUILD})
    with pytest.raises(Permanent, match="migration_refused"):
        await _run(service, made)
    assert await _is_valid(service) is False
    connection = await asyncpg.connect(service.owner_dsn)
    await connection.execute("delete from platform.first")
    await connection.close()
    assert await _run(service, made, Phase.POST) == [INDEX]
    assert await _is_valid(service)


async def test_a_table_that_is_held_ends_a_concurrent_index_too(
    service: ServiceDatabase, package: Made
) -> None:
    made = package(**{FIRST: "create table first (a int)", INDEX: BUILD})
    await _run(service, made, Phase.PRE)
    holder = await asyncpg.connect(service.owner_dsn)
    async with holder.transaction():
        await holder.execute("lock table platform.first in access exclusive mode")
        with pytest.raises(Transient, match="migration_lock_busy"):
            await _run(service, made, Phase.POST, SOON)
    await holder.close()


@pytest.mark.parametrize(
    "sql",
    [
        "create index concurrently first_a on first (a)",
        "create table first (a int); create index concurrently if not exists first_a on first (a)",
    ],
)
async def test_a_concurrent_index_stands_alone_and_can_be_tried_again(
    service: ServiceDatabase, package: Made, sql: str
) -> None:
    with pytest.raises(Permanent, match="migration_not_alone"):
        await _run(service, package(**{FIRST: sql}))


async def test_a_script_that_fills_a_table_sees_the_rows_of_all_organisations(
    service: ServiceDatabase, package: Made
) -> None:
    made = package(**{
        FIRST: """
            create table first (organisation_id uuid);
            insert into first values (gen_random_uuid()), (gen_random_uuid());
            alter table first enable row level security;
            alter table first force row level security;
            create policy tenant on first using (koppel_visible(organisation_id));
        """,
        SECOND: "create table second as select * from first",
    })  # fmt: skip
    await migrate(service.owner_dsn, service.schema, made)
    connection = await asyncpg.connect(service.admin_dsn)
    try:
        assert await connection.fetchval(f'select count(*) from "{service.schema}".second') == 2
    finally:
        await connection.close()


async def test_two_processes_at_once_apply_each_script_once(service: ServiceDatabase, package: Made) -> None:
    made = package(**{FIRST: "create table first (a int); select pg_sleep(0.05)", INDEX: BUILD})
    done = await asyncio.gather(*(_run(service, made) for _ in range(3)))
    assert sorted(done) == [[], [], [FIRST, INDEX]]
    assert await _is_valid(service)


async def test_a_process_that_never_ends_is_not_waited_for_without_end(
    service: ServiceDatabase, package: Made
) -> None:
    other = await asyncpg.connect(service.owner_dsn, server_settings={"search_path": service.schema})
    await other.execute("select pg_advisory_lock(hashtext('koppel migrations platform'))")
    with pytest.raises(Transient, match="migration_in_progress: Another process migrates platform"):
        await _run(service, package(), limits=Limits(other=timedelta(milliseconds=50)))
    await other.close()


async def test_a_server_that_is_away_is_one_line(package: Made) -> None:
    with pytest.raises(KoppelError, match="database_unavailable"):
        await migrate("postgresql://nobody@127.0.0.1:1/none", "none", package())


async def test_a_service_is_alive_and_not_ready_until_its_schema_fits(
    service: ServiceDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    admin = await asyncpg.connect(service.admin_dsn)
    [gone] = await admin.fetch(
        "delete from platform.schema_migration where name like '%0001_pre%' returning *"
    )
    monkeypatch.setattr(assembling, "setup_telemetry", lambda *_, **__: None)
    process = _assembled(service, tmp_path)
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(process.run())
        await eventually(_finds(process, ok=False))
        assert process.health.liveness().ok
        assert [each for each in caplog.messages if "waiting for its schema" in each]
        await admin.execute("insert into platform.schema_migration values ($1, $2, $3)", *gone)
        await eventually(_finds(process, ok=True))
        signal.raise_signal(signal.SIGTERM)
        await running
    await admin.close()


def _assembled(service: ServiceDatabase, folder: Path) -> Service:
    shared = KoppelSettings(
        kafka_bootstrap_servers="127.0.0.1:1",
        jwt_issuer="https://issuer.test",
        jwks_file=TokenIssuer().write_jwks(folder / "jwks.json"),
    )
    own = ServiceSettings(database_url=service.app_dsn, port=0, roles=frozenset({ProcessRole.HTTP}))
    package = "koppel.testing.platform_only"
    return Service("test-svc", service.schema, version="0", shared=shared, own=own, package=package)


def _finds(process: Service, *, ok: bool) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        finding = (await process.health.readiness()).checks.get("schema")
        return finding is not None and finding.ok is ok

    return found
