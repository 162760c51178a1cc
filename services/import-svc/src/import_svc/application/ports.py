"""The transaction of import-svc's use cases. Each repository stands beside its aggregate's rules in `domain/`."""

from typing import Protocol

from import_svc.domain.access import Accesses
from import_svc.domain.administration import Administrations
from import_svc.domain.candidate import Candidates
from import_svc.domain.company_check import CompanyChecks
from import_svc.domain.connection import Connections
from import_svc.domain.grant_discoveries import Discoveries
from import_svc.domain.looks import SeenCompanies
from import_svc.domain.session import Sessions
from import_svc.domain.trade_register import RegistryEntries
from koppel.ports import transaction as ports


class Transaction(ports.Transaction, Protocol):
    """Everything that commits together."""

    @property
    def connections(self) -> Connections: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def discoveries(self) -> Discoveries: ...
    @property
    def candidates(self) -> Candidates: ...
    @property
    def administrations(self) -> Administrations: ...
    @property
    def accesses(self) -> Accesses: ...
    @property
    def seen_companies(self) -> SeenCompanies: ...
    @property
    def company_checks(self) -> CompanyChecks: ...
    @property
    def registry(self) -> RegistryEntries: ...
