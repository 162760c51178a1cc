"""The key that wraps data keys: from a file here, from a KMS behind the same port elsewhere."""

import base64
import binascii
import hashlib
import stat
from os import urandom
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from koppel.kernel.errors import Permanent
from koppel.platform.telemetry.metrics import metrics

_KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 8
_FORMAT = b"\x01"


class KeyEncryptionKey(Protocol):
    """Wraps and unwraps data keys; `context` is authenticated and must be the same both times."""

    async def wrap(self, data_key: bytes, context: bytes) -> bytes: ...

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises `Permanent` when the wrapped key was changed, moved, or made by another key."""
        ...


class KeyFile:
    """32 random bytes in base64, in a file that only the service's own user and group can read.

    Raises `Permanent` at once when the file is missing, too open, or does not hold such a key: a service
    does not start without its key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        key = _read(path)
        self._cipher = AESGCM(key)
        # Tells "another key" from "changed bytes" without revealing anything of the key.
        self._name = hashlib.sha256(b"koppel key name" + key).digest()[:_NAME_BYTES]

    def __repr__(self) -> str:
        return f"KeyFile({str(self._path)!r})"

    async def wrap(self, data_key: bytes, context: bytes) -> bytes:
        head, nonce = _FORMAT + self._name, urandom(_NONCE_BYTES)
        return head + nonce + self._cipher.encrypt(nonce, data_key, head + context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        head, rest = wrapped[: 1 + _NAME_BYTES], wrapped[1 + _NAME_BYTES :]
        if head != _FORMAT + self._name:
            metrics.count("koppel_key_mismatches_total")
            raise Permanent(
                "key_encryption_key_mismatch", "The data key was wrapped by another key-encryption key."
            )
        try:
            return self._cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], head + context)
        except (InvalidTag, ValueError):
            metrics.count("koppel_key_mismatches_total")
            raise Permanent("data_key_rejected", "The wrapped data key was changed or moved.") from None


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()
    except OSError as error:
        raise Permanent(
            "key_file_unreadable", f"The key file {path} cannot be read ({error.strerror}). hint: {_HINT}"
        ) from None
    if mode & stat.S_IRWXO:
        raise Permanent(
            "key_file_exposed", f"Every user can reach the key file {path}. hint: chmod 600 {path}"
        )
    try:
        key = base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise Permanent(
            "key_file_invalid", f"The key file {path} does not hold 32 bytes in base64. hint: {_HINT}"
        )
    return key


_HINT = "it holds 32 random bytes in base64, e.g. from: head -c 32 /dev/urandom | base64"
