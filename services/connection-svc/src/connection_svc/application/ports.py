"""The transaction of connection-svc's use cases. Each repository stands beside its aggregate's rules in `domain/`."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from connection_svc.domain.connection import Connections, Grants
from connection_svc.domain.expiry import Expiries
from connection_svc.domain.key_notice import KeyNotices, KeyReferences
from connection_svc.domain.login import Logins
from connection_svc.domain.organisation import Organisations
from connection_svc.domain.revocation import Revocations
from connection_svc.domain.rotation import Rotations
from connection_svc.domain.served import ServedAdministrations
from connection_svc.domain.token_calls import TokenCalls
from koppel.ports import transaction as ports

T = TypeVar("T")


class Transaction(ports.Transaction, Protocol):
    """Everything that one transaction may touch."""

    @property
    def connections(self) -> Connections: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def key_notices(self) -> KeyNotices: ...
    @property
    def key_references(self) -> KeyReferences: ...
    @property
    def expiries(self) -> Expiries: ...
    @property
    def organisations(self) -> Organisations: ...
    @property
    def rotations(self) -> Rotations: ...
    @property
    def revocations(self) -> Revocations: ...
    @property
    def served(self) -> ServedAdministrations: ...
    @property
    def token_calls(self) -> TokenCalls: ...


class UnitOfWork(ports.UnitOfWork[Transaction], Protocol):
    """Opens transactions, and keeps at it where it must."""

    async def persist(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run repeatable work in a system transaction, again and again until the database has it or the process
        ends: for what exists nowhere else, such as tokens that a provider has just replaced.
        """
        ...
