"""A migrated schema with the platform's tables, and streams that no other test uses."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from koppel.contracts.administration import AdministrationRenamed
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database


@pytest.fixture
async def service(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as created:
        yield created


@pytest.fixture
async def database(service: ServiceDatabase) -> AsyncIterator[Database]:
    opened = service.open()
    await opened.open()
    yield opened
    await opened.close()


@dataclass
class Office:
    """One organisation and its administration, the stream of these tests."""

    organisation_id: UUID = field(default_factory=uuid4)
    administration_id: UUID = field(default_factory=uuid4)

    def renamed(self, name: str) -> AdministrationRenamed:
        return AdministrationRenamed(
            organisation_id=self.organisation_id,
            administration_id=self.administration_id,
            name=name,
            renamed_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]
        )


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def consumer_name() -> str:
    return f"test-{new_id()}"
