"""Bearer tokens: RS256 only, our issuer, our audience, in time, from keys known beforehand.

Claims: `iss, aud, exp, iat, sub` required; `kind` is `person` or `service`; a person needs `org` (UUID), a
service has no organisation and no roles; `roles` are the product's roles, `rights` extra ones such as
`operator`. Another issuer may have other names for these (`claims`). Everything else is ignored.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import timedelta

import jwt

from koppel.kernel.clock import Clock, SystemClock
from koppel.kernel.errors import Unauthenticated
from koppel.platform.identity.claims import ClaimNames
from koppel.platform.identity.key_sets import KeySet
from koppel.platform.identity.principal import Principal

_LEEWAY = timedelta(seconds=30)
_LARGEST = 8 * 1024
_FORBIDDEN_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"})
_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_REQUIRED = ["iss", "aud", "exp", "iat", "sub"]


class Authenticator:
    """Turns a token into a principal. Raises `Unauthenticated` (one code, one text: no oracle)."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: KeySet,
        clock: Clock | None = None,
        *,
        names: ClaimNames | None = None,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock or SystemClock()
        self._names = names or ClaimNames()

    async def authenticate(self, token: str) -> Principal:
        """The token's principal. Raises `Transient` only while no key at all is known."""
        try:
            claims = await self._verified(token)
            self._check_times(claims)
            return self._names.principal(claims)
        except (_Refused, jwt.PyJWTError, ValueError, RecursionError) as error:
            raise Unauthenticated("unauthenticated", "The bearer token does not hold.") from error

    async def _verified(self, token: str) -> Mapping[str, object]:
        if len(token) > _LARGEST or not token.isascii() or token.count(".") != 2:
            raise _Refused
        header, payload, _ = token.split(".")
        kid = _checked_header(_members(header))
        _members(payload)  # refuses duplicate claims before a lenient parser picks one
        key = await self._keys.key(kid)
        if key is None:
            raise _Refused
        claims: Mapping[str, object] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=self._audience,
            issuer=self._issuer,
            # Times are checked below, by the injected clock.
            options={"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        return claims

    def _check_times(self, claims: Mapping[str, object]) -> None:
        now, leeway = self._clock.now().timestamp(), _LEEWAY.total_seconds()
        if now >= _instant(claims["exp"]) + leeway:
            raise _Refused
        if max(_instant(claims["iat"]), _instant(claims.get("nbf", 0))) > now + leeway:
            raise _Refused


class _Refused(Exception):
    """A reason that stays inside: the caller learns only that the token does not hold."""


def _checked_header(header: Mapping[str, object]) -> str:
    kid, kind = header.get("kid"), header.get("typ", "JWT")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or _FORBIDDEN_HEADERS & header.keys():
        raise _Refused
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise _Refused
    return kid


def _members(part: str) -> Mapping[str, object]:
    """A JSON object in base64url, each member once."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise _Refused from error
    members = json.loads(raw, object_pairs_hook=_unique)
    if not isinstance(members, dict):
        raise _Refused
    return members


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused
    return members


def _instant(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise _Refused
    return float(value)
