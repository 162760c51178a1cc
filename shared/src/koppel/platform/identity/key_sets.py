"""Where the issuer's public keys come from: a JWKS file or URL named at start, never the token itself."""

import asyncio
import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from koppel.kernel.clock import Clock, SystemClock
from koppel.kernel.errors import Transient

log = logging.getLogger(__name__)

_COOL_DOWN = timedelta(seconds=30)
_ANSWERED_WITHIN = 5.0
"""Seconds."""
_REFRESH_AFTER = timedelta(minutes=10)
_LARGEST = 256 * 1024
_SMALLEST_KEY_BITS = 2048


class KeySet(Protocol):
    """The issuer's current keys."""

    async def key(self, kid: str) -> RSAPublicKey | None:
        """The key of that id, or None. Raises `Transient` while no key could be read at all."""
        ...


class JwksFile:
    """Keys from a local JWKS file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, RSAPublicKey] = {}
        self._seen: tuple[int, int, int] | None = None

    async def key(self, kid: str) -> RSAPublicKey | None:
        self._read_if_changed()
        return self._keys.get(kid)

    def _read_if_changed(self) -> None:
        try:
            state = self._path.stat()
            seen = (state.st_mtime_ns, state.st_size, state.st_ino)
            if seen != self._seen:
                self._keys, self._seen = parse_jwks(self._path.read_bytes()), seen
        except (OSError, ValueError) as error:
            if not self._keys:
                raise Transient(
                    "jwks_unavailable", f"The issuer's keys cannot be read from {self._path}."
                ) from error
            log.warning(
                "keeping the keys read before: %s is unreadable (%s)", self._path, type(error).__name__
            )


class JwksUrl:
    """Keys from a JWKS URL; an unknown id asks again, at most once in 30 seconds."""

    def __init__(
        self, url: str, clock: Clock | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        self._clock = clock or SystemClock()
        self._transport = transport
        self._keys: dict[str, RSAPublicKey] = {}
        self._asked_at: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    async def key(self, kid: str) -> RSAPublicKey | None:
        """Known keys never wait for a fetch that an unknown id caused."""
        found = self._keys.get(kid)
        if self._may_ask(_REFRESH_AFTER if found else _COOL_DOWN):
            await self._fetch_once(_REFRESH_AFTER if found else _COOL_DOWN)
        if not self._keys:
            raise Transient("jwks_unavailable", "The issuer's keys cannot be fetched.", retry_after=5)
        return self._keys.get(kid)

    def _may_ask(self, after: timedelta) -> bool:
        return self._asked_at is None or abs(self._clock.now() - self._asked_at) >= after

    async def _fetch_once(self, after: timedelta) -> None:
        async with self._one_at_a_time:
            if not self._may_ask(after):
                return
            self._asked_at = self._clock.now()
            try:
                self._keys = parse_jwks(await self._download())
            except (httpx.HTTPError, TimeoutError, ValueError) as error:
                log.warning("cannot fetch the issuer's keys: %s", type(error).__name__)

    async def _download(self) -> bytes:
        # The client's own time-out begins anew with every byte; whoever holds an unknown key waits for this.
        async with (
            asyncio.timeout(_ANSWERED_WITHIN),
            httpx.AsyncClient(follow_redirects=False, transport=self._transport) as client,
        ):
            answer = await client.get(self._url)
            answer.raise_for_status()
            return answer.content


def parse_jwks(document: bytes) -> dict[str, RSAPublicKey]:
    """RSA signature keys by `kid`; other keys are passed over. Raises ValueError when none is usable."""
    if len(document) > _LARGEST:
        raise ValueError("the JWKS document is too large")
    members = json.loads(document)
    if not isinstance(members, dict) or not isinstance(members.get("keys"), list):
        raise ValueError("the document is no JWKS")  # noqa: TRY004  (bad data, not a bad call)
    keys: dict[str, RSAPublicKey] = {}
    for member in members["keys"]:
        key = _rsa_key(member)
        if key is not None:
            keys[member["kid"]] = key
    if not keys:
        raise ValueError("the JWKS holds no RSA key with a kid")
    return keys


def _rsa_key(member: object) -> RSAPublicKey | None:
    if not isinstance(member, dict) or member.get("kty") != "RSA" or not isinstance(member.get("kid"), str):
        return None
    if member.get("use", "sig") != "sig" or member.get("alg", "RS256") != "RS256" or "d" in member:
        return None
    try:
        key = jwt.PyJWK(member, algorithm="RS256").key
    except jwt.PyJWTError:
        return None
    usable = isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY_BITS
    return key if usable else None
