"""The local issuer: its signing key, the key set that services verify with, and tokens."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from koppel_local.failure import SetupFailed
from koppel_local.private_files import write_private

ISSUER = "https://identity.koppel.local"
"""A name, not an address: services verify with the key set in a file."""
AUDIENCE = "koppel"
OPERATOR_RIGHTS = ("operator", "replay")
PERSON_SECONDS = 12 * 3600
SERVICE_SECONDS = 365 * 24 * 3600


class LocalIssuer:
    """Issues bearer tokens for one local stack. Never part of a set-up that others can reach."""

    def __init__(self, folder: Path) -> None:
        self.key_set_file = folder / "jwks.json"
        self._key_file = folder / "signing-key.pem"
        self._folder = folder

    def ensure_key(self) -> None:
        """Make the signing key and the key set unless they exist."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        if self._key_file.exists() and self.key_set_file.exists():
            return
        # Cryptography takes long to load; most commands find everything made.
        from koppel_local.oauth.signing import key_set, new_key  # noqa: PLC0415

        if not self._key_file.exists():
            write_private(self._key_file, new_key())
        write_private(self.key_set_file, json.dumps(key_set(self._key_file.read_bytes())))

    def person_token(
        self,
        *,
        user: UUID,
        organisation: UUID,
        roles: Sequence[str],
        rights: Sequence[str] = (),
        seconds: int = PERSON_SECONDS,
    ) -> str:
        """A person's token; `rights` are those that no role gives."""
        claims = {
            "sub": str(user),
            "kind": "person",
            "org": str(organisation),
            "roles": list(roles),
            **({"rights": list(rights)} if rights else {}),
        }
        return self._sign(claims, seconds)

    def service_token(self, service: str, *, seconds: int = SERVICE_SECONDS) -> str:
        """A service's token."""
        return self._sign({"sub": service, "kind": "service", "roles": []}, seconds)

    def _sign(self, claims: Mapping[str, object], seconds: int) -> str:
        from koppel_local.oauth.signing import sign  # noqa: PLC0415  (see ensure_key)

        if not self._key_file.exists():
            detail = f"There is no local issuer in {self._folder}."
            raise SetupFailed("no_issuer", detail, hint="Run `make up` first; it makes one.")
        now = int(time.time())
        whole = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + seconds, **claims}
        return sign(whole, self._key_file.read_bytes())
