"""Who is logged in at which client, and the refresh tokens of each login: used once, a second use ends the login."""

import json
import secrets
import sqlite3
from dataclasses import dataclass, replace

from koppel_identity.claims import Person
from koppel_identity.instants import Clock
from koppel_identity.login import OAuthError
from koppel_identity.store.database import hashed


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """`sid` is its id in tokens; `at` is when the person logged in."""

    sid: str
    client_id: str
    person: Person
    at: int


class Logins:
    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def begin(self, client_id: str, person: Person) -> Login:
        login = Login(sid=secrets.token_urlsafe(16), client_id=client_id, person=person, at=self._clock())
        with self._connection:
            self._connection.execute(
                "insert into login (sid, client_id, person, at) values (?, ?, ?, ?)",
                (login.sid, client_id, json.dumps(person.as_json()), login.at),
            )
        return login

    def find(self, sid: str) -> Login | None:
        """None for one that ended."""
        row = self._connection.execute("select * from login where sid = ? and not ended", (sid,)).fetchone()
        if row is None:
            return None
        person = Person.from_json(json.loads(row["person"]))
        return Login(sid=sid, client_id=row["client_id"], person=person, at=row["at"])

    def end(self, sid: str) -> None:
        """Its refresh tokens give nothing any more; access tokens end by themselves."""
        with self._connection:
            self._connection.execute("update login set ended = 1 where sid = ?", (sid,))

    def renew(self, login: Login, person: Person) -> Login:
        """The same login, its person as known now."""
        with self._connection:
            self._connection.execute(
                "update login set person = ? where sid = ?", (json.dumps(person.as_json()), login.sid)
            )
        return replace(login, person=person)

    def new_refresh_token(self, login: Login, seconds: int) -> str:
        token = secrets.token_urlsafe(32)
        with self._connection:
            self._connection.execute(
                "insert into refresh_token (hash, sid, expires_at) values (?, ?, ?)",
                (hashed(token), login.sid, self._clock() + seconds),
            )
        return token

    def refresh(self, client_id: str, token: str) -> Login:
        """The login behind a refresh token, which is used by this. Raises `OAuthError`."""
        with self._connection:
            used = self._connection.execute(
                "update refresh_token set used = 1 where hash = ? and not used and expires_at > ? returning sid",
                (hashed(token), self._clock()),
            ).fetchone()
        if used is None:
            self._notice_second_use(token)
            raise OAuthError("invalid_grant", "the refresh token has expired or does not hold")
        login = self.find(used["sid"])
        if login is None or login.client_id != client_id:
            self.end(used["sid"])
            raise OAuthError("invalid_grant", "the refresh token has expired or does not hold")
        return login

    def sid_of(self, token: str) -> str | None:
        """The login of a refresh token, used or not."""
        row = self._connection.execute(
            "select sid from refresh_token where hash = ?", (hashed(token),)
        ).fetchone()
        return None if row is None else str(row["sid"])

    def _notice_second_use(self, token: str) -> None:
        """RFC 9700, 4.14.2: one of the two who have it should not."""
        if (sid := self.sid_of(token)) is not None:
            self.end(sid)
