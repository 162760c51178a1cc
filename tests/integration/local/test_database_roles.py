"""The services' roles: each at home in its own schema and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.database_url import with_password
from koppel.platform.migrations import Limits, migrate
from koppel_local.assets import asset
from koppel_local.failure import SetupFailed
from koppel_local.postgres.databases import SCHEMAS, Roles, bootstrap_database, on_database, prepare_database
from koppel_local.postgres.server import PostgresServer

REFUSED = asyncpg.InsufficientPrivilegeError


@dataclass(frozen=True)
class Cluster:
    """A server whose roles belong to this file: they are the whole server's, not one database's."""

    administrator: str
    roles: Roles
    log: Path

    @asynccontextmanager
    async def log_in(self, role: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        connection = await asyncpg.connect(self.roles.dsn(self.administrator, role))
        try:
            yield connection
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def cluster(new_folder: Callable[[], Path]) -> Iterator[Cluster]:
    folder = new_folder()
    server = PostgresServer(folder, durable=False)
    try:
        server.start()
        made = Cluster(server.dsn, Roles(folder), folder / "logs/postgres.log")
        prepare_database(made.administrator, made.roles)
        yield made
    finally:
        server.stop()


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_the_owner_makes_and_the_app_uses(cluster: Cluster, schema: str) -> None:
    async with cluster.log_in(f"{schema}_owner") as owner:
        await owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    async with cluster.log_in(f"{schema}_app") as app:
        assert await app.fetchval("INSERT INTO thing (name) VALUES ('a') RETURNING id") == 1
        await app.execute("UPDATE thing SET name = 'b'")
        await app.execute("DELETE FROM thing")
        for refused in (
            "CREATE TABLE other (id int)",
            "CREATE TEMP TABLE other (id int)",
            "CREATE SCHEMA other",
            "ALTER TABLE thing ADD COLUMN x int",
            "TRUNCATE thing",
            "DROP TABLE thing",
        ):
            with pytest.raises(REFUSED):
                await app.execute(refused)
    async with cluster.log_in(f"{schema}_owner") as owner:
        await owner.execute("DROP TABLE thing")


@pytest.mark.parametrize("kind", ["owner", "app"])
@pytest.mark.parametrize("schema", SCHEMAS)
async def test_no_role_has_rights_outside_its_own_schema(cluster: Cluster, schema: str, kind: str) -> None:
    async with cluster.log_in(f"{schema}_{kind}") as role:
        for other in {*SCHEMAS, "public"} - {schema}:
            rights = "SELECT has_schema_privilege($1, 'USAGE') OR has_schema_privilege($1, 'CREATE')"
            assert await role.fetchval(rights, other) is False, other
        assert await role.fetchval("SELECT has_database_privilege('koppel', 'CREATE, TEMP')") is False


async def test_a_function_of_the_owner_can_be_called_by_its_app_alone(cluster: Cluster) -> None:
    async with cluster.log_in("sync_owner") as owner:
        await owner.execute("CREATE FUNCTION answer() RETURNS int LANGUAGE sql RETURN 42")
        assert (
            await owner.fetchval("SELECT has_function_privilege('sync_app', 'answer()', 'EXECUTE')") is True
        )
        assert (
            await owner.fetchval("SELECT has_function_privilege('import_app', 'answer()', 'EXECUTE')")
            is False
        )
        await owner.execute("DROP FUNCTION answer()")


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_roles_have_no_rights_over_the_server(cluster: Cluster, schema: str) -> None:
    async with cluster.log_in(f"{schema}_owner") as owner:
        row = await owner.fetchrow(
            "SELECT bool_or(rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) AS any_right,"
            " count(*) AS roles FROM pg_roles WHERE rolname IN ($1, $2)",
            f"{schema}_owner",
            f"{schema}_app",
        )
        assert row is not None
        assert (row["any_right"], row["roles"]) == (False, 2)
        assert (
            await owner.fetchval(
                "SELECT count(*) FROM pg_auth_members WHERE member::regrole = current_user::regrole"
            )
            == 0
        )


async def test_preparing_again_keeps_what_is_there(cluster: Cluster) -> None:
    async with cluster.log_in("sync_owner") as owner:
        await owner.execute("CREATE TABLE kept (id int)")
    prepare_database(cluster.administrator, cluster.roles)
    async with cluster.log_in("sync_app") as app:
        await app.execute("INSERT INTO kept VALUES (1)")
    async with cluster.log_in("sync_owner") as owner:
        await owner.execute("DROP TABLE kept")


async def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    dsn = cluster.roles.dsn(cluster.administrator, "sync_app").replace("sync_app:", "sync_app:x")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn)


def test_a_user_that_may_not_prepare_is_told_so(cluster: Cluster) -> None:
    dsn = on_database(cluster.roles.dsn(cluster.administrator, "sync_app"))
    with pytest.raises(SetupFailed) as refused:
        prepare_database(dsn, cluster.roles)
    assert refused.value.code == "not_administrator"


def test_a_server_that_is_not_there_is_named_without_the_password(cluster: Cluster) -> None:
    with pytest.raises(SetupFailed) as refused:
        prepare_database("postgresql://someone:secret@127.0.0.1:1/postgres", cluster.roles)
    assert refused.value.code == "database_unreachable"
    assert "127.0.0.1:1" in refused.value.detail
    assert "secret" not in refused.value.detail


ODD = [
    "a/b@c#d%e",
    "'; DROP ROLE sync_app; --",
    '"\\$(id)`',
    "é\u00a0ü",
    " a ",
    "line\nbreak",
    "SCRAM-SHA-256$x",
]


@pytest.mark.parametrize("password", ODD)
async def test_a_password_of_any_characters_lets_its_role_in(cluster: Cluster, password: str) -> None:
    passwords = {**cluster.roles.passwords(), "import_app": password}
    bootstrap_database(cluster.administrator, passwords)
    plain = on_database(cluster.roles.dsn(cluster.administrator, "import_app"))
    connection = await asyncpg.connect(plain, password=password)
    await connection.close()
    bootstrap_database(cluster.administrator, cluster.roles.passwords())
    async with cluster.log_in("import_app"):
        pass


async def test_no_password_reaches_the_servers_log(cluster: Cluster) -> None:
    administrator = await asyncpg.connect(cluster.administrator)
    await administrator.execute("ALTER SYSTEM SET log_statement = 'all'")
    await administrator.execute("SELECT pg_reload_conf()")
    secret = "hush-2971"
    try:
        bootstrap_database(cluster.administrator, dict.fromkeys(cluster.roles.passwords(), secret))
        with pytest.raises(SetupFailed):  # a statement that fails is logged as a whole
            bootstrap_database(
                cluster.roles.dsn(cluster.administrator, "sync_app").replace(
                    cluster.roles.passwords()["sync_app"], secret
                ),
                dict.fromkeys(cluster.roles.passwords(), secret),
            )
    finally:
        await administrator.execute("ALTER SYSTEM RESET log_statement")
        await administrator.execute("SELECT pg_reload_conf()")
        await administrator.close()
        bootstrap_database(cluster.administrator, cluster.roles.passwords())
    text = cluster.log.read_text(errors="replace")
    assert "koppel.password.sync_app" in text
    assert secret not in text


async def test_two_bootstraps_at_once_both_end_well(cluster: Cluster) -> None:
    passwords = cluster.roles.passwords()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: bootstrap_database(cluster.administrator, passwords), range(4)))
    async with cluster.log_in("sync_owner"):
        pass


async def _migrate(cluster: Cluster, schema: str) -> None:
    limits = Limits(lock=timedelta(milliseconds=10))  # less than the first script of any service takes
    owner = cluster.roles.dsn(cluster.administrator, f"{schema}_owner")
    await migrate(owner, schema, f"{schema}_svc", limits=limits)


async def test_the_four_services_may_migrate_a_fresh_database_at_once(cluster: Cluster) -> None:
    await asyncio.gather(*(_migrate(cluster, schema) for schema in SCHEMAS))


async def test_a_service_makes_its_days_while_another_makes_its_own(cluster: Cluster) -> None:
    await asyncio.gather(*(_migrate(cluster, schema) for schema in ("import", "sync")))
    async with cluster.log_in("import_app") as one, cluster.log_in("sync_app") as other, one.transaction():
        await one.execute("select import.ensure_event_log_partitions(14)")
        await other.execute("set lock_timeout = '10ms'")
        await other.execute("select sync.ensure_event_log_partitions(14)")


async def test_a_bootstrap_that_fails_half_way_changes_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (broken := tmp_path / "bootstrap.sql").write_text(f"{asset('bootstrap.sql').read_text()}; SELECT 1/0;")
    monkeypatch.setattr("koppel_local.postgres.databases.asset", lambda _: broken)
    with pytest.raises(SetupFailed) as failed:
        bootstrap_database(cluster.administrator, dict.fromkeys(cluster.roles.passwords(), "another"))
    assert failed.value.code == "bootstrap_failed"
    async with cluster.log_in("sync_app"):  # with the password of before
        pass


async def test_the_administrators_own_password_is_changed_too(cluster: Cluster) -> None:
    made = await asyncpg.connect(cluster.administrator)
    await made.execute("CREATE ROLE second SUPERUSER LOGIN PASSWORD 'first'")
    second = urlunsplit(
        urlsplit(cluster.administrator)._replace(
            netloc="second:first@" + urlsplit(cluster.administrator).netloc.rpartition("@")[2]
        )
    )
    bootstrap_database(second, cluster.roles.passwords(), own_password="a/b@c")
    connection = await asyncpg.connect(second, password="a/b@c")
    await connection.close()
    await made.execute("DROP ROLE second")
    await made.close()


async def test_a_changed_password_needs_no_restart(cluster: Cluster, tmp_path: Path) -> None:
    """The file is read at each new connection; meanwhile the database counts as away."""
    (file := tmp_path / "password").write_text(cluster.roles.passwords()["sync_app"])
    url = with_password(cluster.roles.dsn(cluster.administrator, "sync_app"), "stale")
    database = Database(url, "sync", password_file=file, max_size=2)
    await database.open()
    try:
        bootstrap_database(cluster.administrator, {**cluster.roles.passwords(), "sync_app": "fresh/@"})
        with pytest.raises(UNAVAILABLE):
            await database.session()
        file.write_text("fresh/@\n")
        await (await database.session()).close()
    finally:
        await database.close()
        bootstrap_database(cluster.administrator, cluster.roles.passwords())
