"""The SQLite file."""

import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

_SCHEMA = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")


def open_database(path: Path | None) -> sqlite3.Connection:
    """Without a path nothing is kept. Each statement is a transaction of its own, unless `with connection` says otherwise."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
    connection.row_factory = sqlite3.Row
    with closing(connection.cursor()) as cursor:
        cursor.executescript("pragma journal_mode = wal; pragma foreign_keys = on;" + _SCHEMA)
    return connection


def hashed(secret: str) -> str:
    """How a secret is kept: random ones of 128 bits and more need no salt."""
    return sha256(secret.encode()).hexdigest()


def forget_what_ended(connection: sqlite3.Connection, now: int) -> None:
    """What nobody can use any more. A used code is kept as long as one that was not: its second use is noticed."""
    with connection:
        for table in ("attempt", "code", "device", "refresh_token"):
            connection.execute(f"delete from {table} where expires_at < ?", (now,))
        connection.execute(
            "delete from login where sid not in "
            "(select sid from code union select sid from refresh_token union select sid from device where sid is not null)"
        )
