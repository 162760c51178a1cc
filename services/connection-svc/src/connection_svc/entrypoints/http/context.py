"""What the routes work with, and who may call them."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends

from connection_svc.application.in_flight import InFlight
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.take_notice import NoticeInbox
from connection_svc.domain.login import BrowserBinding
from connection_svc.domain.return_url import ReturnUrls
from koppel.platform.http import current_principal, provided, require_roles, require_service
from koppel.platform.identity import MANAGE_CONNECTIONS, READ, Principal
from koppel.platform.unit_of_work import OnConnection, UnitOfWork
from koppel.platform.vault import Vault
from koppel.providers.profile import TokenTiming

Manager = Annotated[Principal, Depends(require_roles(*MANAGE_CONNECTIONS))]
Reader = Annotated[Principal, Depends(require_roles(*READ))]
CallingService = Annotated[Principal, Depends(require_service())]
Anyone = Annotated[Principal, Depends(current_principal)]


class RequestTransaction(Transaction, OnConnection, Protocol):
    """A transaction whose connection also keeps the answers of creating calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Ports and policies of one process."""

    unit_of_work: UnitOfWork[RequestTransaction]
    ports: Ports
    refresher: TokenRefresher
    inbox: NoticeInbox
    in_flight: InFlight
    vault: Vault
    return_urls: ReturnUrls
    browser_binding: BrowserBinding
    secure_cookies: bool

    def timing(self, provider: str) -> TokenTiming | None:
        """How long the provider's tokens live; None where it is off."""
        known = {provider.id for provider in self.ports.providers.catalogue()}
        return self.ports.providers.timing(provider) if provider in known else None


InContext = Annotated[Context, Depends(provided)]
