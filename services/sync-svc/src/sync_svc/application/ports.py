"""The transaction of sync-svc's use cases. Each repository stands beside its aggregate's rules in `domain/`."""

from dataclasses import dataclass
from typing import Protocol

from koppel.contracts.values import SyncTrigger
from koppel.ports import transaction as ports
from koppel.ports.caller import Caller
from sync_svc.application.views import Views
from sync_svc.domain.administration import Administrations, Grants, Policies
from sync_svc.domain.readings import Readings
from sync_svc.domain.record import Records
from sync_svc.domain.run import Runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester(Caller):
    """Who asks for a sync; `trigger` says in which role."""

    trigger: SyncTrigger


class Transaction(ports.Transaction, Protocol):
    """Everything a use case may touch."""

    @property
    def administrations(self) -> Administrations: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def readings(self) -> Readings: ...
    @property
    def records(self) -> Records: ...
    @property
    def views(self) -> Views: ...
