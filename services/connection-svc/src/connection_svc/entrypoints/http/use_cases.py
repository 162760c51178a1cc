"""What routes work with; the composition root puts one on `app.state.use_cases`."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from connection_svc.application.in_flight import InFlight
from connection_svc.application.ports import Ports, Transaction
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.login import BrowserBinding
from connection_svc.domain.return_url import ReturnUrls
from koppel.platform.database import Connection
from koppel.platform.vault import Vault


class RequestTransaction(Transaction, Protocol):
    """A transaction in which the answer to an idempotent request is kept too."""

    @property
    def connection(self) -> Connection: ...


class RequestUnitOfWork(Protocol):
    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[RequestTransaction]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Ports and policies of one process."""

    unit_of_work: RequestUnitOfWork
    ports: Ports
    refresher: TokenRefresher
    in_flight: InFlight
    vault: Vault
    return_urls: ReturnUrls
    browser_binding: BrowserBinding
    secure_cookies: bool


def _use_cases(request: Request) -> UseCases:
    found: UseCases = request.app.state.use_cases
    return found


InjectedUseCases = Annotated[UseCases, Depends(_use_cases)]
