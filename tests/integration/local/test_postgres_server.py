"""The embedded PostgreSQL: keeps what was committed, whatever happens to its processes."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from koppel.testing.eventually import eventually
from koppel_local.failure import SetupFailed
from koppel_local.postgres.server import PostgresServer


@pytest.fixture
def folder(new_folder: Callable[[], Path]) -> Path:
    """Not pytest's own: that one is closed to other users, and PostgreSQL runs as another when we are root."""
    return new_folder()


@pytest.fixture
def server(folder: Path) -> Iterator[PostgresServer]:
    made = PostgresServer(folder)
    try:
        yield made
    finally:
        made.stop()


async def ask(server: PostgresServer, sql: str) -> object:
    connection = await asyncpg.connect(server.dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def pid_of(server: PostgresServer) -> int:
    assert server.pid is not None
    return server.pid


async def test_it_is_durable_and_only_on_loopback(server: PostgresServer) -> None:
    server.start()
    for name, value in {"fsync": "on", "synchronous_commit": "on", "listen_addresses": "127.0.0.1"}.items():
        assert await ask(server, f"SELECT current_setting('{name}')") == value


async def test_starting_again_changes_nothing(server: PostgresServer) -> None:
    server.start()
    before = pid_of(server)
    server.start()
    assert server.pid == before


async def test_what_was_committed_survives_a_kill(server: PostgresServer) -> None:
    server.start()
    await ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    address = server.dsn
    os.kill(pid_of(server), signal.SIGKILL)
    server.start()
    assert server.dsn == address
    assert await ask(server, "SELECT answer FROM kept") == 42


async def test_a_stale_lock_with_a_recycled_pid_does_not_stop_it(server: PostgresServer) -> None:
    server.start()
    lock = Path(await data_folder(server)) / "postmaster.pid"
    remains = lock.read_text().splitlines()
    server.stop()
    lock.write_text("\n".join([str(os.getpid()), *remains[1:]]))
    server.start()
    assert await ask(server, "SELECT 1") == 1


async def data_folder(server: PostgresServer) -> str:
    return str(await ask(server, "SELECT current_setting('data_directory')"))


async def test_backends_do_not_outlive_it(server: PostgresServer) -> None:
    server.start()
    connection = await asyncpg.connect(server.dsn)
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(pid_of(server), signal.SIGKILL)
    server.stop()

    async def gone() -> (
        bool
    ):  # one that is in the middle of its exit belongs to no folder any more, and is not waited for
        return not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE

    await eventually(gone, within=2.0, what="the end of the backend")
    connection.terminate()


async def test_stopping_leaves_no_lock(server: PostgresServer) -> None:
    server.start()
    lock = Path(await data_folder(server)) / "postmaster.pid"
    assert lock.exists()
    server.stop()
    server.stop()
    assert not lock.exists()
    assert server.pid is None


async def test_a_half_made_data_folder_is_made_anew(server: PostgresServer) -> None:
    server.start()
    data = Path(await data_folder(server))
    server.stop()
    (data / "PG_VERSION").unlink()
    server.start()
    assert await ask(server, "SELECT 1") == 1


def test_a_remembered_port_that_is_taken_is_replaced_and_said(folder: Path) -> None:
    said: list[str] = []
    server = PostgresServer(folder, durable=False, say=said.append)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        (folder / "ports").mkdir()
        (folder / "ports" / "postgres").write_text(str(port))
        try:
            server.start()
            assert server.port != port
            assert said == [f"postgres: port {port} is taken by another program, using {server.port}"]
        finally:
            server.stop()


def test_a_wanted_port_that_is_taken_is_refused_with_a_hint(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        with pytest.raises(SetupFailed) as refused:
            PostgresServer(folder, port=stranger.getsockname()[1]).start()
        assert refused.value.code == "port_taken"


def test_a_folder_that_cannot_be_made_is_one_line(folder: Path) -> None:
    (folder / "file").write_text("in the way")
    with pytest.raises(SetupFailed) as refused:
        PostgresServer(folder / "file").start()
    assert refused.value.code == "file_failed"
