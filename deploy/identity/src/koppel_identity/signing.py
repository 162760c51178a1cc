"""RS256: the key, the key set made from it, signed claims, and claims whose signature holds."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm


def new_key() -> bytes:
    """A private key in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_set(pem: bytes) -> dict[str, list[dict[str, object]]]:
    """The public half as a JSON Web Key Set (RFC 7517)."""
    public = RSAAlgorithm.to_jwk(_key(pem).public_key(), as_dict=True)
    return {"keys": [{**public, "kid": _thumbprint(public), "use": "sig", "alg": "RS256"}]}


def sign(claims: Mapping[str, object], pem: bytes, *, kind: str = "JWT") -> str:
    """A JSON Web Token with these claims; `kind` is its `typ`."""
    kid = str(key_set(pem)["keys"][0]["kid"])
    return jwt.encode(dict(claims), _key(pem), algorithm="RS256", headers={"kid": kid, "typ": kind})


def signed_claims(token: str, pem: bytes, issuer: str) -> dict[str, Any] | None:
    """The claims of a token that this key signed for this issuer; whether it is in time is for the caller to look at."""
    options: Any = {
        "require": ["iss", "aud", "exp", "sub"],
        "verify_aud": False,
        "verify_exp": False,
        "verify_iat": False,
    }
    try:
        return jwt.decode(token, _key(pem).public_key(), algorithms=["RS256"], issuer=issuer, options=options)
    except jwt.PyJWTError:
        return None


@lru_cache(maxsize=4)
def _key(pem: bytes) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the signing key is not an RSA key")
    return key


def _thumbprint(public: Mapping[str, object]) -> str:
    """RFC 7638: the hash of the required members in a fixed form."""
    members = {name: public[name] for name in ("e", "kty", "n")}
    digest = sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
