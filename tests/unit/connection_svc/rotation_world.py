"""What one rotation meets, as fakes: ports, unit of work and transaction."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, Mock

from pydantic import SecretStr

from connection_svc.application.refused_clients import RefusedClients
from connection_svc.application.rotate_token import rotate_token
from connection_svc.domain.connection import Grant, GrantState, Tokens
from connection_svc.domain.provider import IssuedTokens
from connection_svc.domain.rotation import Answer, Attempt
from koppel.kernel.errors import Conflict, Permanent
from koppel.kernel.ids import new_id
from koppel.providers.profile import TokenTiming

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FENCE = 7
OLD, NEW = SecretStr("old-refresh"), SecretStr("new-refresh")
TOKENS = Tokens(
    version=3, access_token=b"sealed", refresh_token=b"sealed", issued_at=NOW, expires_at=NOW + timedelta(hours=1)
)  # fmt: skip
GRANT = Grant(
    id=new_id(),
    organisation_id=new_id(),
    connection_id=new_id(),
    provider="eaccounting",
    state=GrantState.ACTIVE,
    state_since=NOW,
    company=None,
    scopes=(),
    authorized_by="someone",
    authorized_at=NOW,
    tokens=TOKENS,
)
ATTEMPT = Attempt(organisation_id=GRANT.organisation_id, grant_id=GRANT.id, from_version=3)
ANSWER = Answer(access_token=b"a", refresh_token=b"r", issued_at=NOW, expires_at=NOW)
REVOKED = replace(GRANT, state=GrantState.REVOKED, tokens=None)
WAITING = replace(GRANT, state=GrantState.REAUTHORIZATION_REQUIRED)
REPLACED = replace(GRANT, tokens=replace(TOKENS, version=4))


class World:
    """Stands for ports, unit of work and transaction; `during_call` is what the grant has become by then."""

    def __init__(self) -> None:
        self.grant: Grant | None = GRANT
        self.connection: Any = object()
        self.attempt = ATTEMPT
        self.issued = IssuedTokens(SecretStr("access"), NEW, 3600)
        self.owners: list[int] = []
        self.kept = AsyncMock()
        self.stored = AsyncMock()
        self.followed = AsyncMock()
        self.refresh = AsyncMock(side_effect=lambda *_: self.issued)
        self.provider_timing = TokenTiming(lifetime=timedelta(minutes=10))
        self.refused_clients = RefusedClients()
        self.provider_time: datetime | None = None
        self.time = AsyncMock(side_effect=lambda *_: self.provider_time)
        self.rotations = Mock(
            confirm_owner=AsyncMock(side_effect=self._confirm),
            intend=AsyncMock(side_effect=lambda *_: self.attempt),
            withdraw=AsyncMock(),
            close=AsyncMock(),
        )
        self.grants = Mock(
            lock=AsyncMock(side_effect=self._grant), get=AsyncMock(side_effect=self._grant), require_login=AsyncMock(),
            note_trouble=AsyncMock(),
        )  # fmt: skip
        self.connections = Mock(lock=AsyncMock(side_effect=lambda _: self.connection))
        self.events, self.audit = Mock(append=AsyncMock()), Mock(record=AsyncMock())
        self.unit_of_work, self.clock, self.providers = self, Mock(now=lambda: NOW), self
        self.now = NOW
        self.vault = Mock(
            sealer=AsyncMock(return_value=Mock(seal=seal)), unseal=AsyncMock(side_effect=unseal)
        )

    @asynccontextmanager
    async def begin(self, organisation_id: Any) -> AsyncIterator[Any]:
        yield self

    async def persist(self, work: Callable[[Any], Any]) -> Any:
        return await work(self)

    @asynccontextmanager
    async def calls(self, provider: str, organisation_id: Any, grant_id: Any) -> AsyncIterator[Any]:
        assert (provider, organisation_id, grant_id) == ("eaccounting", GRANT.organisation_id, GRANT.id)
        yield self

    def timing(self, provider: str) -> TokenTiming:
        assert provider == "eaccounting"
        return self.provider_timing

    def token_window(self, provider: str) -> None:
        return None

    async def _grant(self, grant_id: Any) -> Grant | None:
        return self.grant

    async def _confirm(self, grant_id: Any, fence: int) -> None:
        assert grant_id == GRANT.id
        self.owners.append(fence)
        if fence != FENCE:
            raise Conflict("lease_lost", "Another owns it.")

    def refused(self, *, while_it_became: Grant | None = GRANT) -> None:
        """The provider says that the token does not hold."""

        async def refuse(*_: object) -> None:
            self.grant = while_it_became
            raise Permanent("grant_invalid", "No.")

        self.refresh.side_effect = refuse

    @property
    def told(self) -> Any:
        """The one event."""
        [call] = self.events.append.await_args_list
        return call.args[0]

    @property
    def closed(self) -> list[str]:
        return [call.args[1] for call in self.rotations.close.await_args_list]


def seal(subject: object, field: str, version: int, secret: SecretStr) -> bytes:
    assert subject == GRANT.id
    return f"{field}/{version}/{secret.get_secret_value()}".encode()


async def unseal(_: object, __: object, field: str, *___: object) -> SecretStr:
    return OLD if field == "refresh_token" else SecretStr("old-access")


async def rotate(world: Any, fence: int = FENCE) -> None:
    await rotate_token(world, GRANT.id, 3, fence)
