"""Access tokens: JWTs (RS256) with the claims of the provider's documentation."""

from collections.abc import Mapping
from functools import cache

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "https://eaccountingapi.vismaonline.com"
_ALGORITHM = "RS256"


class SigningKey:
    """One RSA key for the life of the process, or longer when it is kept in the state file."""

    def __init__(self, pem: str | None = None) -> None:
        if pem is None:
            self._key = _of_this_process()
        else:
            loaded = serialization.load_pem_private_key(pem.encode(), password=None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise TypeError("the state file's key is not an RSA key")
            self._key = loaded
        self._public = self._key.public_key()

    @property
    def pem(self) -> str:
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def sign(self, claims: Mapping[str, object]) -> str:
        return jwt.encode(
            dict(claims), self._key, algorithm=_ALGORITHM, headers={"typ": "at+jwt", "kid": "1"}
        )

    def read(self, token: str) -> dict[str, object] | None:
        """Claims of a token that this key signed, expired or not; None for any other text."""
        try:
            claims: dict[str, object] = jwt.decode(
                token, self._public, algorithms=[_ALGORITHM], options={"verify_exp": False, "verify_aud": False,
                                                                       "verify_iat": False, "verify_nbf": False}
            )  # fmt: skip
        except jwt.PyJWTError:
            return None
        return claims


@cache
def _of_this_process() -> rsa.RSAPrivateKey:
    """Made once: it takes a tenth of a second of processor time."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
