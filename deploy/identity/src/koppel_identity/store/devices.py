"""Device codes (RFC 8628): asked for on a command line, approved by its user code in a browser, exchanged once."""

import secrets
import sqlite3

from koppel_identity.instants import Clock
from koppel_identity.login import OAuthError
from koppel_identity.store.database import forget_what_ended, hashed
from koppel_identity.store.logins import Login, Logins

DEVICE_SECONDS = 600
PAUSE = 5
"""Seconds between two polls; a client that is quicker is told to wait so much longer (RFC 8628, 3.5)."""
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_LENGTH = 8


class Devices:
    def __init__(self, connection: sqlite3.Connection, clock: Clock, logins: Logins) -> None:
        self._connection = connection
        self._clock = clock
        self._logins = logins

    def issue(self, client_id: str, scope: str) -> tuple[str, str]:
        """The device code, and the user code as it is shown."""
        forget_what_ended(self._connection, self._clock())
        device, user = secrets.token_urlsafe(32), "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        with self._connection:
            self._connection.execute(
                "insert into device (hash, user_code, client_id, scope, expires_at, pause) values (?, ?, ?, ?, ?, ?)",
                (hashed(device), hashed(user), client_id, scope, self._clock() + DEVICE_SECONDS, PAUSE),
            )
        return device, f"{user[:4]}-{user[4:]}"

    def waiting(self, user_code: str) -> tuple[str, str] | None:
        """Hash and client of the device that waits for this user code, typed in any way."""
        typed = "".join(each for each in user_code[:40].upper() if each in _LETTERS)
        row = self._connection.execute(
            "select hash, client_id from device where user_code = ? and state = 'pending' and expires_at > ?",
            (hashed(typed), self._clock()),
        ).fetchone()
        return None if row is None else (row["hash"], row["client_id"])

    def approve(self, device: str, login: Login) -> bool:
        """False when it does not wait any more."""
        return self._decide(device, "approved", login.sid)

    def deny(self, device: str) -> bool:
        """False when it does not wait any more."""
        return self._decide(device, "denied", None)

    def exchange(self, client_id: str, device_code: str) -> Login:
        """The login that was approved. Raises `OAuthError`, also while nobody has."""
        row = self._connection.execute(
            "select * from device where hash = ?", (hashed(device_code),)
        ).fetchone()
        if row is None or row["client_id"] != client_id or row["state"] == "used":
            raise OAuthError("invalid_grant", "the device code was used or was never given")
        if row["expires_at"] <= self._clock():
            raise OAuthError("expired_token", "the device code has expired")
        self._hold_back(row)
        if row["state"] == "pending":
            raise OAuthError("authorization_pending", "nobody has approved it yet")
        if row["state"] == "denied":
            raise OAuthError("access_denied", "the login was cancelled")
        login = self._logins.find(row["sid"])
        if login is None or not self._use(row["hash"]):
            raise OAuthError("invalid_grant", "the device code was used or its login has ended")
        return login

    def _hold_back(self, row: sqlite3.Row) -> None:
        now, too_soon = self._clock(), row["polled_at"] + row["pause"]
        quick = now < too_soon
        with self._connection:
            self._connection.execute(
                "update device set polled_at = ?, pause = pause + ? where hash = ?",
                (now, PAUSE if quick else 0, row["hash"]),
            )
        if quick:
            raise OAuthError("slow_down", f"wait {row['pause'] + PAUSE} seconds between two polls")

    def _decide(self, device: str, state: str, sid: str | None) -> bool:
        with self._connection:
            decided = self._connection.execute(
                "update device set state = ?, sid = ? where hash = ? and state = 'pending' and expires_at > ?",
                (state, sid, device, self._clock()),
            )
        return decided.rowcount == 1

    def _use(self, device: str) -> bool:
        with self._connection:
            used = self._connection.execute(
                "update device set state = 'used' where hash = ? and state = 'approved'", (device,)
            )
        return used.rowcount == 1
