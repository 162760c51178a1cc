"""The rig, of which all tests of this folder use one, and an organisation with six administrations."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.bench.organisation import Organisation
from tests.bench.stage import Stage, new_world
from tests.chaos.roles.split import Split, split_stack
from tests.chaos.roles.traffic import Call, Traffic

_COMPANIES = 6


@dataclass(slots=True)
class Arrived:
    """An organisation, and what it asks all day long."""

    stage: Stage
    organisation: Organisation
    administrations: list[str]
    others: list[str]
    """Companies that nobody has imported."""

    def traffic(self) -> Traffic:
        """Reads and writes at every service."""
        organisation, user = self.organisation, self.organisation.beheerder
        person = {"name": "Marieke Lindeboom", "email": "marieke@kantoor.example", "role": "beheerder"}
        calls = [
            Call("connection-svc", "GET", "/v1/connections"),
            Call("import-svc", "GET", "/v1/administrations"),
            Call("assignment-svc", "GET", "/v1/users"),
            Call("assignment-svc", "PUT", f"/v1/users/{user}", person),
            Call("sync-svc", "GET", "/v1/sync-runs"),
            Call("sync-svc", "POST", "/v1/syncs", {"administration_ids": self.administrations}),
        ]
        token = self.stage.person_token(user, organisation.organisation_id)
        return Traffic(self.stage, token, calls, self.others)


@pytest.fixture(scope="package")
def split(new_folder: Callable[[], Path]) -> Iterator[Split]:
    with split_stack(new_folder()) as made:
        yield made


@pytest.fixture(scope="package")
def world(split: Split) -> list[str]:
    """The companies of the sandbox."""
    return asyncio.run(new_world(split.stage.sandbox, companies=_COMPANIES + 2, contacts=50))


@pytest.fixture
async def arrived(split: Split, world: list[str]) -> AsyncIterator[Arrived]:
    """With six administrations that everybody knows."""
    async with Organisation(split.stage) as organisation:
        session = await organisation.discover(await organisation.connect(world[:_COMPANIES]))
        await organisation.complete(session)
        administrations = await organisation.confirm(session)
        await organisation.await_assigned(_COMPANIES)
        yield Arrived(split.stage, organisation, administrations, world[_COMPANIES:])
