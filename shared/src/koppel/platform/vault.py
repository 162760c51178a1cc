"""Envelope encryption of tokens: key-encryption key → data key per organisation → value (AES-256-GCM).

A ciphertext opens only at the place it was made for: organisation, grant, field and token version are
authenticated with it, so a row, a column or a version swapped in the database is refused.
"""

import re
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from os import urandom
from time import monotonic
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from koppel.kernel.errors import Permanent
from koppel.platform.key_encryption import KeyEncryptionKey
from koppel.platform.telemetry.metrics import metrics

_FORMAT = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32
_HEADER = struct.Struct(">BI")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")


class StoredKey(NamedTuple):
    """A wrapped data key and its version (from 1)."""

    version: int
    wrapped: bytes


class DataKeys(Protocol):
    """Where wrapped data keys are kept. Deleting an organisation's keys makes its values unreadable for good."""

    async def get_current(self, organisation_id: UUID) -> StoredKey | None:
        """The key of the highest version."""
        ...

    async def get(self, organisation_id: UUID, version: int) -> bytes | None:
        """The wrapped key of that version."""
        ...

    async def insert_if_absent(self, organisation_id: UUID, version: int, wrapped: bytes) -> bytes:
        """Keep `wrapped` unless that version exists; returns the one that is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ciphertext belongs. `field` is snake_case, e.g. `refresh_token`."""

    organisation_id: UUID
    grant_id: UUID
    field: str
    token_version: int

    def __post_init__(self) -> None:
        if not _FIELD.fullmatch(self.field):
            raise ValueError("a field is snake_case")

    def authenticated_data(self) -> bytes:
        """`organisation|grant|field|token version`; no part can hold the separator."""
        return f"{self.organisation_id}|{self.grant_id}|{self.field}|{self.token_version}".encode()


class Vault:
    """Encrypts and decrypts. Unwrapped data keys live in memory for at most `cache_seconds`, at most `cache_size`."""

    def __init__(
        self,
        key_encryption_key: KeyEncryptionKey,
        data_keys: DataKeys,
        *,
        cache_size: int = 1_000,
        cache_seconds: float = 300,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._kek = key_encryption_key
        self._data_keys = data_keys
        self._cache = _KeyCache(cache_size, cache_seconds, now)

    def __repr__(self) -> str:
        return "Vault()"

    async def encrypt(self, place: Place, plaintext: SecretStr | bytes) -> bytes:
        """The value, readable only at `place`. Makes the organisation's first data key when there is none."""
        return (await self.sealer(place.organisation_id)).encrypt(place, plaintext)

    async def sealer(self, organisation_id: UUID) -> "Sealer":
        """Load the organisation's current key into memory, so that a later encryption needs no database."""
        stored = await self._data_keys.get_current(organisation_id)
        if stored is None:
            stored = await self._first_key(organisation_id)
        cipher = await self._cipher(organisation_id, stored.version, stored.wrapped)
        return Sealer(organisation_id, stored.version, cipher)

    async def decrypt(self, place: Place, ciphertext: bytes) -> SecretStr:
        """The text kept at `place`; see `decrypt_bytes`."""
        return SecretStr((await self.decrypt_bytes(place, ciphertext)).decode())

    async def decrypt_bytes(self, place: Place, ciphertext: bytes) -> bytes:
        """Raises `Permanent`: `ciphertext_rejected` (changed, or made for another place), `data_key_missing`."""
        if len(ciphertext) < _HEADER.size + _NONCE_BYTES + _TAG_BYTES:
            raise _rejected()
        header = ciphertext[: _HEADER.size]
        layout, version = _HEADER.unpack(header)
        if layout != _FORMAT:
            raise _rejected()
        cipher = await self._cipher(place.organisation_id, version)
        nonce = ciphertext[_HEADER.size : _HEADER.size + _NONCE_BYTES]
        body = ciphertext[_HEADER.size + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, header + place.authenticated_data())
        except InvalidTag:
            raise _rejected() from None

    def forget(self, organisation_id: UUID) -> None:
        """Drop the organisation's keys from memory, after they were deleted from the store."""
        self._cache.drop(organisation_id)

    async def _first_key(self, organisation_id: UUID) -> StoredKey:
        wrapped = await self._kek.wrap(urandom(_KEY_BYTES), key_binding(organisation_id, 1))
        return StoredKey(1, await self._data_keys.insert_if_absent(organisation_id, 1, wrapped))

    async def _cipher(self, organisation_id: UUID, version: int, wrapped: bytes | None = None) -> AESGCM:
        cached = self._cache.get((organisation_id, version))
        if cached is not None:
            return cached
        wrapped = wrapped or await self._data_keys.get(organisation_id, version)
        if wrapped is None:
            raise Permanent(
                "data_key_missing", f"Data key {version} of organisation {organisation_id} does not exist."
            )
        cipher = AESGCM(await self._kek.unwrap(wrapped, key_binding(organisation_id, version)))
        self._cache.put((organisation_id, version), cipher)
        return cipher


class Sealer:
    """Encrypts for one organisation without waiting for anything; made by `Vault.sealer`, for one piece of work."""

    def __init__(self, organisation_id: UUID, key_version: int, cipher: AESGCM) -> None:
        self._organisation_id = organisation_id
        self._key_version = key_version
        self._cipher = cipher

    def __repr__(self) -> str:
        return f"Sealer({self._organisation_id})"

    def encrypt(self, place: Place, plaintext: SecretStr | bytes) -> bytes:
        """The value, readable only at `place`. Raises ValueError for another organisation's place."""
        if place.organisation_id != self._organisation_id:
            raise ValueError("the place belongs to another organisation")
        header, nonce = _HEADER.pack(_FORMAT, self._key_version), urandom(_NONCE_BYTES)
        value = plaintext.get_secret_value().encode() if isinstance(plaintext, SecretStr) else plaintext
        return header + nonce + self._cipher.encrypt(nonce, value, header + place.authenticated_data())


class VaultSeal:
    """Keeps any bytes at one place of the vault, e.g. the answer of a request that holds a login URL."""

    def __init__(self, vault: Vault, place: Place) -> None:
        self._vault = vault
        self._place = place

    async def seal(self, answer: bytes) -> bytes:
        return await self._vault.encrypt(self._place, answer)

    async def unseal(self, sealed: bytes) -> bytes:
        return await self._vault.decrypt_bytes(self._place, sealed)


class _KeyCache:
    """Evicts the least recently used key first; no key stays beyond its time to live."""

    def __init__(self, size: int, seconds: float, now: Callable[[], float]) -> None:
        self._size, self._seconds, self._now = size, seconds, now
        self._ciphers: OrderedDict[tuple[UUID, int], tuple[float, AESGCM]] = OrderedDict()

    def get(self, key: tuple[UUID, int]) -> AESGCM | None:
        entry = self._ciphers.get(key)
        if entry is None or self._now() - entry[0] > self._seconds:
            self._ciphers.pop(key, None)
            return None
        self._ciphers.move_to_end(key)
        return entry[1]

    def put(self, key: tuple[UUID, int], cipher: AESGCM) -> None:
        self._ciphers[key] = (self._now(), cipher)
        while len(self._ciphers) > self._size:
            self._ciphers.popitem(last=False)

    def drop(self, organisation_id: UUID) -> None:
        for key in [key for key in self._ciphers if key[0] == organisation_id]:
            del self._ciphers[key]


def key_binding(organisation_id: UUID, version: int) -> bytes:
    """The context that a data key is wrapped with."""
    return f"data_key|{organisation_id}|{version}".encode()


def _rejected() -> Permanent:
    metrics.count("koppel_vault_rejections_total")
    return Permanent("ciphertext_rejected", "The stored value was changed or belongs somewhere else.")
