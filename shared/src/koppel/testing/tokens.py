"""An issuer of bearer tokens for tests: its own RSA key, the JWKS of it, tokens of any content."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id


class TokenIssuer:
    """Making the key takes a moment: share one issuer per session or module."""

    __test__ = False

    def __init__(
        self, issuer: str = "https://issuer.test", audience: str = "koppel", kid: str = "test-key"
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self.kid = kid
        self.private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self) -> str:
        """The public key as a JWKS document."""
        key = RSAAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return json.dumps({"keys": [key | {"kid": self.kid, "alg": "RS256", "use": "sig"}]})

    def write_jwks(self, path: Path) -> Path:
        """Write the JWKS to a file, for `JwksFile` or `KOPPEL_JWKS_FILE`."""
        path.write_text(self.jwks(), encoding="utf-8")
        return path

    def person(
        self,
        *roles: Role,
        organisation: UUID | None = None,
        user: UUID | None = None,
        rights: tuple[str, ...] = (),
        now: datetime | None = None,
    ) -> str:
        """A person's token; a beheerder of a fresh organisation unless told otherwise."""
        claims: dict[str, object] = {
            "sub": str(user or new_id()),
            "kind": "person",
            "org": str(organisation or new_id()),
            "roles": [role.value for role in roles or (Role.BEHEERDER,)],
        }
        return self.token(claims | ({"rights": list(rights)} if rights else {}), now=now)

    def service(self, name: str, *, now: datetime | None = None) -> str:
        """A service's token."""
        return self.token({"sub": name, "kind": "service"}, now=now)

    def token(
        self,
        claims: Mapping[str, object],
        *,
        headers: Mapping[str, object] | None = None,
        now: datetime | None = None,
    ) -> str:
        """A token with `claims` over the usual `iss, aud, iat, exp`; a claim given as None is left out."""
        at = now or datetime.now(UTC)
        usual: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": int(at.timestamp()),
            "exp": int((at + timedelta(minutes=10)).timestamp()),
        }
        content = {name: value for name, value in (usual | dict(claims)).items() if value is not None}
        # Signed as plain bytes: the library's own claim checks would keep bad tokens from being made.
        return jwt.PyJWS().encode(
            json.dumps(content).encode(),
            self.private_key,
            algorithm="RS256",
            headers={"kid": self.kid} | dict(headers or {}),
        )
