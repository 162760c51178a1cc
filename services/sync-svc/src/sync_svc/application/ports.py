"""The transaction of sync-svc's use cases. Each repository stands beside its aggregate's rules in `domain/`."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from koppel.contracts.values import SyncTrigger
from koppel.ports import transaction as ports
from koppel.ports.caller import Caller
from sync_svc.application.views import Views
from sync_svc.domain.administration import Administrations, Grants
from sync_svc.domain.company_epoch import CompanyEpochs
from sync_svc.domain.departure import Departures
from sync_svc.domain.freshness import FreshnessSamples
from sync_svc.domain.held_deletion import HeldDeletions
from sync_svc.domain.listed_items import ItemsToReread, ListedVersions
from sync_svc.domain.pause import Pauses
from sync_svc.domain.policy import Policies
from sync_svc.domain.reauthorization import Reauthorizations
from sync_svc.domain.record import Records
from sync_svc.domain.record_parts import RecordParts
from sync_svc.domain.removal_feed import RemovalFeeds
from sync_svc.domain.run import Runs
from sync_svc.domain.run_listings import RunListings
from sync_svc.domain.turn import Turns


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
    def reauthorizations(self) -> Reauthorizations: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def pauses(self) -> Pauses: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def run_listings(self) -> RunListings: ...
    @property
    def records(self) -> Records: ...
    @property
    def held_deletions(self) -> HeldDeletions: ...
    @property
    def departures(self) -> Departures: ...
    @property
    def record_parts(self) -> RecordParts: ...
    @property
    def listed_versions(self) -> ListedVersions: ...
    @property
    def items_to_reread(self) -> ItemsToReread: ...
    @property
    def removal_feeds(self) -> RemovalFeeds: ...
    @property
    def company_epochs(self) -> CompanyEpochs: ...
    @property
    def freshness(self) -> FreshnessSamples: ...
    @property
    def views(self) -> Views: ...

    def of_all(self) -> AbstractAsyncContextManager[None]:
        """Inside, rows and events of every organisation may be written: a provider's pause is nobody's alone."""
        ...
