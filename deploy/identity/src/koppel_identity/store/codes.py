"""Authorization codes: a minute long, used once; a second use ends the login that the first one began."""

import secrets
import sqlite3
from base64 import urlsafe_b64encode
from hashlib import sha256

from koppel_identity.instants import Clock
from koppel_identity.login import Asked, OAuthError
from koppel_identity.store.database import hashed
from koppel_identity.store.logins import Login, Logins

CODE_SECONDS = 60


class Codes:
    def __init__(self, connection: sqlite3.Connection, clock: Clock, logins: Logins) -> None:
        self._connection = connection
        self._clock = clock
        self._logins = logins

    def issue(self, asked: Asked, login: Login) -> str:
        code = secrets.token_urlsafe(32)
        values = (hashed(code), login.sid, asked.redirect_uri, asked.challenge, asked.nonce)
        with self._connection:
            self._connection.execute(
                "insert into code (hash, sid, redirect_uri, challenge, nonce, expires_at) values (?, ?, ?, ?, ?, ?)",
                (*values, self._clock() + CODE_SECONDS),
            )
        return code

    def exchange(self, client_id: str, code: str, *, redirect_uri: str, verifier: str) -> tuple[Login, str]:
        """The login and its nonce. Whatever is wrong uses the code up. Raises `OAuthError`."""
        with self._connection:
            row = self._connection.execute(
                "update code set used = used + 1 where hash = ? returning *", (hashed(code),)
            ).fetchone()
        if row is not None and row["used"] > 1:
            self._logins.end(row["sid"])
        if row is None or row["used"] > 1 or row["expires_at"] <= self._clock():
            raise OAuthError("invalid_grant", "the code has expired, was used or was never given")
        login = self._logins.find(row["sid"])
        if login is None or login.client_id != client_id or row["redirect_uri"] != redirect_uri:
            raise OAuthError("invalid_grant", "the code was given to another client or another redirect_uri")
        if not secrets.compare_digest(challenge_of(verifier), row["challenge"]):
            raise OAuthError("invalid_grant", "code_verifier does not fit the challenge")
        return login, row["nonce"]


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    digest = sha256(verifier.encode("ascii", "replace")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
