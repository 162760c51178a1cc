"""The tokens that a login gives: for services, for the client that asked, and to renew both."""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

from koppel_identity.claims import AUDIENCE, Person
from koppel_identity.instants import Clock
from koppel_identity.signing import key_set, sign, signed_claims
from koppel_identity.store.logins import Login

ACCESS_SECONDS = 900
REFRESH_SECONDS = 30 * 24 * 3600


class Issuer:
    """`name` is the `iss`: its own address, where its metadata is found. `pem` is the signing key."""

    def __init__(self, name: str, pem: bytes, clock: Clock) -> None:
        self.name = name
        self._pem = pem
        self._clock = clock

    def keys(self) -> dict[str, list[dict[str, object]]]:
        return key_set(self._pem)

    def access_token(self, login: Login) -> str:
        """RFC 9068; what services accept."""
        own = {"client_id": login.client_id, "sid": login.sid, "jti": secrets.token_urlsafe(12)}
        claims = {**login.person.for_services(), **own, **self._times(AUDIENCE, ACCESS_SECONDS)}
        return sign(claims, self._pem, kind="at+jwt")

    def id_token(self, login: Login, access_token: str, nonce: str) -> str:
        """OpenID Connect Core, 2. No service accepts it: it is for the client alone."""
        half = sha256(access_token.encode()).digest()[:16]
        claims = {
            **login.person.for_clients(),
            **self._times(login.client_id, ACCESS_SECONDS),
            "auth_time": login.at,
            "sid": login.sid,
            "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
            **({"nonce": nonce} if nonce else {}),
        }
        return sign(claims, self._pem)

    def service_access(self, person: Person, seconds: int = 60) -> str:
        """A token for the issuer's own calls of services."""
        return sign({**person.for_services(), **self._times(AUDIENCE, seconds)}, self._pem)

    def bearer(self, token: str) -> dict[str, object] | None:
        """The claims of an access token that still holds."""
        claims = signed_claims(token, self._pem, self.name)
        return claims if claims and claims["aud"] == AUDIENCE and claims["exp"] > self._clock() else None

    def hinted(self, id_token: str) -> dict[str, object] | None:
        """The claims of an ID token of ours, in time or not: as a hint of whose login it was."""
        claims = signed_claims(id_token, self._pem, self.name)
        return claims if claims and claims["aud"] != AUDIENCE else None

    def _times(self, audience: str, seconds: int) -> dict[str, object]:
        now = self._clock()
        return {"iss": self.name, "aud": audience, "iat": now, "exp": now + seconds}
