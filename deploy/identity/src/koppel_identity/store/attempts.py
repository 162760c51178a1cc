"""Logins that were begun and not ended."""

import json
import secrets
import sqlite3
from dataclasses import asdict

from koppel_identity.instants import Clock
from koppel_identity.login import Asked, Attempt
from koppel_identity.store.database import forget_what_ended, hashed

ATTEMPT_SECONDS = 600


class Attempts:
    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def begin(self, asked: Asked, *, browser: str, language: str) -> Attempt:
        """`browser` is the cookie's value."""
        now = self._clock()
        forget_what_ended(self._connection, now)
        attempt = Attempt(
            id=secrets.token_urlsafe(32),
            asked=asked,
            csrf=secrets.token_urlsafe(32),
            browser=hashed(browser),
            language=language,
            expires_at=now + ATTEMPT_SECONDS,
        )
        with self._connection:
            self._connection.execute(
                "insert into attempt values (?, ?, ?, ?, ?, ?)",
                (
                    hashed(attempt.id),
                    attempt.csrf,
                    attempt.browser,
                    language,
                    json.dumps(asdict(asked)),
                    attempt.expires_at,
                ),
            )
        return attempt

    def find(self, attempt_id: str, *, browser: str) -> Attempt | None:
        """None for one that has expired, has ended, or was begun in another browser."""
        row = self._connection.execute(
            "select * from attempt where id = ? and expires_at > ?", (hashed(attempt_id), self._clock())
        ).fetchone()
        if row is None or not secrets.compare_digest(row["browser"], hashed(browser)):
            return None
        return Attempt(
            id=attempt_id,
            asked=Asked(**json.loads(row["asked"])),
            csrf=row["csrf"],
            browser=row["browser"],
            language=row["language"],
            expires_at=row["expires_at"],
        )

    def speak(self, attempt: Attempt, language: str) -> None:
        """From now on its pages are in this language."""
        with self._connection:
            self._connection.execute(
                "update attempt set language = ? where id = ?", (language, hashed(attempt.id))
            )

    def end(self, attempt: Attempt) -> bool:
        """False when it has ended already."""
        with self._connection:
            ended = self._connection.execute("delete from attempt where id = ?", (hashed(attempt.id),))
        return ended.rowcount == 1
