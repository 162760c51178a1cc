"""What a token call sends to show who Koppel is, and what it answers."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What the provider knows Koppel by."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a token call answered.

    `refresh_token` is None when the answer holds none: keep the one you have. `expires_in` is seconds.
    `scopes` is empty when a refresh did not name them: they are as before. `dated_at` is the answer's own `Date`.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int | None
    scopes: tuple[str, ...]
    dated_at: datetime | None = None
