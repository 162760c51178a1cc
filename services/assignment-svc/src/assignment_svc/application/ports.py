"""The transaction of assignment-svc's use cases. Each repository stands beside its aggregate's rules in `domain/`."""

from typing import Protocol

from assignment_svc.domain.administration import Administrations
from assignment_svc.domain.assignment import Assignments
from assignment_svc.domain.directory import Entries, Users
from assignment_svc.domain.plan import Plans
from koppel.ports import transaction as ports


class Transaction(ports.Transaction, Protocol):
    """Everything a use case may touch."""

    @property
    def users(self) -> Users: ...
    @property
    def entries(self) -> Entries: ...
    @property
    def administrations(self) -> Administrations: ...
    @property
    def assignments(self) -> Assignments: ...
    @property
    def plans(self) -> Plans: ...
