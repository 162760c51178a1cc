"""AES-256-GCM for what a browser keeps for us; the purpose is authenticated, so that one cookie is never taken for another."""

import base64
import binascii
import hashlib
import hmac
import os
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from koppel.kernel.errors import Permanent

_NONCE = 12
_MOST_OPENED = 64 * 1024
"""Bytes after unpacking; nothing that we sealed is larger."""


class Seal:
    """Seals with the first key, opens with every key: a key is replaced by putting another one before it."""

    def __init__(self, keys: list[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]
        self._mac_key = hashlib.sha256(b"koppel-console mac" + keys[-1]).digest()

    @classmethod
    def from_file(cls, path: Path) -> "Seal":
        """Raises `Permanent` (`session_key_unreadable`) for a file that is not there or holds no keys."""
        try:
            keys = [
                base64.b64decode(line, validate=True) for line in path.read_text(encoding="ascii").split()
            ]
        except (OSError, ValueError) as error:
            raise Permanent("session_key_unreadable", f"{path} holds no keys.") from error
        if not keys or any(len(key) != 32 for key in keys):
            raise Permanent("session_key_unreadable", f"{path} wants 32 random bytes in base64 a line.")
        return cls(keys)

    def seal(self, content: bytes, purpose: str) -> str:
        """Text that is safe in a cookie and in a URL."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[0].encrypt(nonce, zlib.compress(content, 9), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, text: str, purpose: str) -> bytes | None:
        """What was sealed for this purpose; None for anything else."""
        try:
            whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        for cipher in self._ciphers:
            try:
                packed = cipher.decrypt(whole[:_NONCE], whole[_NONCE:], purpose.encode())
            except (InvalidTag, ValueError):
                continue
            return zlib.decompressobj().decompress(packed, _MOST_OPENED)
        return None

    def mac(self, *parts: str) -> str:
        """A keyed fingerprint of the parts; it survives a restart and is the same at every replica."""
        whole = "\x00".join(parts).encode()
        return base64.urlsafe_b64encode(hmac.digest(self._mac_key, whole, "sha256")).rstrip(b"=").decode()
