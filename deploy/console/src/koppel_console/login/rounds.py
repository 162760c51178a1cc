"""One login round: its state carries, sealed, where it returns to, and is good for the browser that began it only.

Nothing is stored: a restart or another replica finishes what was begun here, and two tabs may log in side by side.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

from koppel_console.session.seal import Seal

LASTS = 600
"""Seconds."""
_LONGEST = 500
"""Characters of the path to return to: with more a `state` would be longer than issuers take (1,000)."""


@dataclass(frozen=True, slots=True)
class Round:
    """`return_to` is a path of ours; verifier (RFC 7636) and nonce never leave sealed text."""

    id: str
    return_to: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Rounds:
    """Begins rounds and recognises their states."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def begin(self, browser: str, return_to: str, now: int) -> tuple[Round, str]:
        """A round and the `state` to send with it."""
        name, return_to = secrets.token_urlsafe(12), return_to if len(return_to) <= _LONGEST else "/"
        content = json.dumps([name, return_to, now + LASTS], separators=(",", ":")).encode()
        return self._round(name, return_to), self._seal.seal(content, f"login {browser}")

    def of(self, state: str, browser: str | None, now: int) -> Round | None:
        """The round that this browser began with that state; None for another's, an old one, or none at all."""
        content = self._seal.open(state, f"login {browser}") if browser else None
        if content is None:
            return None
        name, return_to, ends = json.loads(content)
        return self._round(name, return_to) if now < ends else None

    def _round(self, name: str, return_to: str) -> Round:
        return Round(name, return_to, self._seal.mac("verifier", name), self._seal.mac("nonce", name))
