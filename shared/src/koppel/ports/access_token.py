"""An access token that connection-svc issued to another service."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A grant's access token, and where to use it."""

    access_token: str = field(repr=False)
    api_base_url: str
    expires_at: datetime
