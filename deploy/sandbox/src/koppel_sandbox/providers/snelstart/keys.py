"""Keys, and the tokens minted for them. A key opens one administration until it is replaced or deleted."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from hashlib import shake_256

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.providers.snelstart.settings import Settings

_KEY_BYTES = 525
"""Some 700 characters."""


class Keys:
    def __init__(self, settings: Settings, clock: Clock, record: Callable[[str, JsonObject], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._record = record
        self._generations: dict[str, int] = {}
        self._companies: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, int]] = {}

    def of(self, company_id: str) -> str | None:
        """The key that opens a company now."""
        return next((key for key, company in self._companies.items() if company == company_id), None)

    def renew(self, company_id: str) -> str:
        """A new key for a company; the previous one is no longer valid."""
        self._apply("key", {"company": company_id, "generation": self._generations.get(company_id, 0) + 1})
        return self.of(company_id) or ""

    def delete(self, company_id: str) -> None:
        self._apply("key_deleted", {"company": company_id})

    def mint(self, key: str) -> str | None:
        """An access token for a key; None for an invalid key."""
        if key not in self._companies:
            return None
        token = secrets.token_hex(48)
        self._tokens[token] = (key, self._clock() + self._settings.access_token_seconds * SECOND)
        return token

    def behind(self, token: str) -> str | None:
        """The company of a token or a key, also of one that is no longer good."""
        key = self._tokens[token][0] if token in self._tokens else token
        return self._companies.get(key)

    def opened_by(self, token: str) -> str | None:
        """The company that a token opens now."""
        key, expires_at = self._tokens.get(token, ("", 0))
        return self._companies.get(key) if self._clock() < expires_at else None

    def replay(self, kind: str, facts: JsonObject) -> None:
        """Takes back what was recorded before a restart."""
        company_id = str(facts["company"])
        self._companies = {key: each for key, each in self._companies.items() if each != company_id}
        if kind == "key":
            self._generations[company_id] = int(str(facts["generation"]))
            self._companies[self._key(company_id)] = company_id

    def _key(self, company_id: str) -> str:
        """A pure function of seed, company and generation."""
        told = f"{self._settings.seed}/{company_id}/{self._generations[company_id]}"
        return b64encode(shake_256(told.encode()).digest(_KEY_BYTES)).decode()

    def _apply(self, kind: str, facts: JsonObject) -> None:
        self._record(kind, facts)
        self.replay(kind, facts)
