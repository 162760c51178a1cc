"""The local issuer: its signing key, the key set that services verify with, and tokens."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from koppel_local.failure import SetupFailed
from koppel_local.private_files import write_private

ISSUER = "https://identity.koppel.local"
"""A name, not an address: services verify with the key set in a file."""
AUDIENCE = "koppel"
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
        if not self._key_file.exists():
            write_private(self._key_file, _new_key())
        if not self.key_set_file.exists():
            write_private(self.key_set_file, json.dumps(_key_set(self._key())))

    def person_token(
        self,
        *,
        user: UUID,
        organisation: UUID,
        roles: Sequence[str],
        operator: bool = False,
        seconds: int = PERSON_SECONDS,
    ) -> str:
        """A person's token; `operator` adds the operator rights."""
        rights = {"rights": ["operator"]} if operator else {}
        claims = {
            "sub": str(user),
            "kind": "person",
            "org": str(organisation),
            "roles": list(roles),
            **rights,
        }
        return self._sign(claims, seconds)

    def service_token(self, service: str, *, seconds: int = SERVICE_SECONDS) -> str:
        """A service's token."""
        return self._sign({"sub": service, "kind": "service", "roles": []}, seconds)

    def _sign(self, claims: Mapping[str, object], seconds: int) -> str:
        key = self._key()
        now = int(time.time())
        times = {"iat": now, "exp": now + seconds}
        kid = json.loads(self.key_set_file.read_text())["keys"][0]["kid"]
        whole = {"iss": ISSUER, "aud": AUDIENCE, **times, **claims}
        return jwt.encode(whole, key, algorithm="RS256", headers={"kid": kid})

    def _key(self) -> RSAPrivateKey:
        if not self._key_file.exists():
            detail = f"There is no local issuer in {self._folder}."
            raise SetupFailed("no_issuer", detail, hint="Run `make up` first; it makes one.")
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise SetupFailed(
                "no_issuer", f"{self._key_file} is no RSA key.", hint="Remove it and run `make up`."
            )
        return key


def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _key_set(key: RSAPrivateKey) -> dict[str, object]:
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [{**public, "kid": _thumbprint(public), "use": "sig", "alg": "RS256"}]}


def _thumbprint(public: Mapping[str, object]) -> str:
    """RFC 7638: the hash of the required members in a fixed form."""
    members = {name: public[name] for name in ("e", "kty", "n")}
    digest = sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
