"""What is kept of a login: the tokens, and what the token says of the person, for showing only.

Services decide by the token itself; nothing here is a right.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from koppel.kernel.errors import Permanent

LARGEST = 3800
"""Characters of the cookie's value; browsers keep 4096 of name, value and attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person's login. `expires_at` is the access token's, in seconds since 1970."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int
    subject: str
    name: str
    organisation: str
    organisation_name: str = ""
    roles: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    @property
    def is_operator(self) -> bool:
        return "operator" in self.rights

    def sees(self, part: str) -> bool:
        """Whether the menu shows a part: an operator without roles has no office of their own."""
        return self.is_operator if part == "operators" else bool(self.roles) or not self.is_operator

    def packed(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> "Session | None":
        """None for what another version of the console wrote."""
        try:
            kept = json.loads(content)
            return cls(**{**kept, "roles": tuple(kept["roles"]), "rights": tuple(kept["rights"])})
        except (ValueError, TypeError, KeyError):
            return None


def session_of(tokens: Mapping[str, Any], id_claims: Mapping[str, Any], now: int) -> Session:
    """From the issuer's answer. Raises `Permanent` (`token_missing`) when there is no access token in it."""
    access = tokens.get("access_token")
    if not isinstance(access, str) or not access:
        raise Permanent("token_missing", "The issuer gave no access token.")
    claims = {**_payload(access), **id_claims}
    refresh = tokens.get("refresh_token")
    seconds = tokens.get("expires_in")
    return Session(
        access_token=access,
        refresh_token=refresh if isinstance(refresh, str) else None,
        expires_at=now + seconds if isinstance(seconds, int) else int(claims.get("exp") or now + 300),
        subject=str(claims.get("sub") or ""),
        name=str(claims.get("name") or claims.get("preferred_username") or "")[:100],
        organisation=str(claims.get("org") or ""),
        organisation_name=str(claims.get("org_name") or "")[:100],
        roles=_texts(claims.get("roles")),
        rights=_texts(claims.get("rights")),
    )


def _payload(token: str) -> dict[str, Any]:
    """What a JWT says of itself, unverified: it is shown, the services verify."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each)[:60] for each in value[:20]) if isinstance(value, list) else ()
