"""Who logs in at a provider that keeps one login a person and lets it reach many companies."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from connection_svc.adapters.provider_calls import PermittedCalls
from connection_svc.adapters.providers import CatalogueGateway
from connection_svc.domain.connection import LoginIdentity
from koppel.contracts.administration import AdministrationImported
from koppel.kernel.errors import KoppelError
from koppel.kernel.ids import new_id
from koppel.providers.profile import TokenTiming
from koppel.testing.administrations import imported

ONE_LOGIN = TokenTiming(lifetime=timedelta(hours=1), one_chain_per_login=True, idle_death=timedelta(days=30))


class Person:
    """Who logs in next, and which companies that login reaches. `fails` is what the list of companies says instead."""

    def __init__(self) -> None:
        self.subject: str | None = str(new_id())
        self.reaches: set[str] = set()
        self.fails: KoppelError | None = None
        self.asked: list[frozenset[str]] = []

    def identity(self) -> LoginIdentity | None:
        return None if self.subject is None else LoginIdentity("provider.test", self.subject)

    def plays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The provider covers many companies, tells who logged in and keeps one login a person."""

        async def login(*_: object) -> LoginIdentity | None:
            return self.identity()

        async def company(*_: object) -> None:
            return None

        async def reached(*given: Any) -> frozenset[str]:
            wanted: Collection[str] = given[-1]
            self.asked.append(frozenset(wanted))
            if self.fails is not None:
                raise self.fails
            return frozenset(self.reaches & set(wanted))

        monkeypatch.setattr(PermittedCalls, "login", login)
        monkeypatch.setattr(PermittedCalls, "company", company)
        monkeypatch.setattr(PermittedCalls, "reached", reached)
        monkeypatch.setattr(CatalogueGateway, "timing", lambda *_: ONE_LOGIN)


async def serve(organisation: Any, grant_id: str, *companies: str) -> list[AdministrationImported]:
    """The grant serves these companies' administrations, as if import-svc had told."""
    events = [
        imported(organisation.organisation_id).model_copy(
            update={"grant_id": UUID(grant_id), "external_id": each, "provider": "eaccounting"}
        )
        for each in companies
    ]
    async with organisation.use_cases.unit_of_work.begin(None) as tx:
        await tx.served.add(events)
    return events
