"""The local issuer on disk: its signing key, the key set that services verify with, and tokens made without it running."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from koppel_identity.claims import AUDIENCE, DEFAULT_ISSUER, Person
from koppel_local.failure import SetupFailed
from koppel_local.private_files import write_private

PERSON_SECONDS = 12 * 3600
SERVICE_SECONDS = 365 * 24 * 3600


class LocalIssuer:
    """Issues bearer tokens for one local stack. Never part of a set-up that others can reach."""

    def __init__(self, folder: Path) -> None:
        self.key_set_file = folder / "jwks.json"
        self.key_file = folder / "signing-key.pem"
        self._name_file = folder / "issuer"
        self._folder = folder

    @property
    def name(self) -> str:
        """The `iss` of its tokens: the address of `koppel-identity`, which signs with the same key."""
        try:
            return self._name_file.read_text().strip()
        except FileNotFoundError:
            return DEFAULT_ISSUER

    def be_named(self, name: str) -> bool:
        """From now on `iss` is this. True when it was another one: tokens of before are refused."""
        changed = name != self.name
        if changed or not self._name_file.exists():
            write_private(self._name_file, name)
        return changed

    def ensure_key(self) -> None:
        """Make the signing key and the key set unless they exist."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        if self.key_file.exists() and self.key_set_file.exists():
            return
        # Cryptography takes long to load; most commands find everything made.
        from koppel_identity.signing import key_set, new_key  # noqa: PLC0415

        if not self.key_file.exists():
            write_private(self.key_file, new_key())
        write_private(self.key_set_file, json.dumps(key_set(self.key_file.read_bytes())))

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
        person = Person(
            id=user, organisation_id=organisation, name="", roles=tuple(roles), rights=tuple(rights)
        )
        return self._sign(person.for_services(), seconds)

    def service_token(self, service: str, *, seconds: int = SERVICE_SECONDS) -> str:
        """A service's token."""
        return self._sign({"sub": service, "kind": "service", "roles": []}, seconds)

    def _sign(self, claims: Mapping[str, object], seconds: int) -> str:
        from koppel_identity.signing import sign  # noqa: PLC0415  (see ensure_key)

        if not self.key_file.exists():
            detail = f"There is no local issuer in {self._folder}."
            raise SetupFailed("no_issuer", detail, hint="Run `make up` first; it makes one.")
        now = int(time.time())
        whole = {"iss": self.name, "aud": AUDIENCE, "iat": now, "exp": now + seconds, **claims}
        return sign(whole, self.key_file.read_bytes())
