"""How the windows stand, and who spent what: for operators."""

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from koppel.platform.database import Connection

_WINDOWS = files(__package__).joinpath("windows.sql").read_text(encoding="utf-8")
_SPENT = """
select organisation_id, administration_id, provider, endpoint, hour, calls, refused from call_spend
where ($1::text is null or provider = $1) and hour >= date_trunc('hour', now() - interval '24 h') and calls > 0
order by hour desc, calls desc, organisation_id, administration_id, endpoint limit $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowUse:
    """A window at this moment: `limit` is this service's share, `provider_limit` all that the provider allows.

    `reserved` is drawn and not settled. `resets_at`: from when nothing that was used counts any more; None: nothing does.
    """

    provider: str
    window: str
    scope: str
    limit: int
    provider_limit: int
    seconds: int
    used: int
    reserved: int
    remaining: int
    resets_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Calls of one administration (None: of a login) at an endpoint in the hour that began at `hour`."""

    organisation_id: UUID
    administration_id: UUID | None
    provider: str
    endpoint: str
    hour: datetime
    calls: int
    refused: int


async def windows_in_use(connection: Connection, provider: str | None, limit: int) -> list[WindowUse]:
    """The fullest first; of one provider, or of all."""
    return [WindowUse(**dict(row)) for row in await connection.fetch(_WINDOWS, provider, limit)]


async def spent_lately(connection: Connection, provider: str | None, limit: int) -> list[Spent]:
    """Of the last 24 hours, the newest hour first."""
    return [Spent(**dict(row)) for row in await connection.fetch(_SPENT, provider, limit)]
