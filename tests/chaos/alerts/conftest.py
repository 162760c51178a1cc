"""A whole stack, a Prometheus that reads it, and six administrations."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.bench.organisation import Organisation
from tests.bench.stage import Stage, answered
from tests.chaos.alerts.scene import Scene
from tests.chaos.alerts.server import running
from tests.chaos.engine.watched import Watched

from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack

_COMPANIES = 6
_CUSTOMERS = 60


@pytest.fixture(scope="module")
def stack(new_folder: Callable[[], Path]) -> Iterator[Stack]:
    made = Stack(new_folder(), say=print, progress=download_bar)
    made.up()
    yield made
    made.down()


@pytest.fixture
async def scene(stack: Stack, new_folder: Callable[[], Path]) -> AsyncIterator[Scene]:
    stage = Stage.of(stack)
    with running(new_folder(), stage.services) as prometheus:
        async with httpx.AsyncClient(base_url=stage.sandbox, timeout=60, trust_env=False) as sandbox:
            sizes = dict.fromkeys(("accounts", "fiscalyears", "vatcodes", "costcenters", "projects"), 1)
            none = dict.fromkeys(("suppliers", "customerinvoices", "supplierinvoices", "vouchers"), 0)
            world = {"companies": _COMPANIES, "sizes": {**sizes, **none, "customers": _CUSTOMERS}}
            made = await answered(sandbox.post("/_sandbox/reset", json=world))
            companies = [str(company["id"]) for company in made["companies"]]
            async with Organisation(stage) as organisation:
                watched = Watched(stack, stage, organisation, sandbox)
                await watched.arrive(companies)
                yield Scene(
                    stack=stack,
                    prometheus=prometheus,
                    watched=watched,
                    companies=await _in_order(organisation, watched.administrations),
                )


async def _in_order(organisation: Organisation, administrations: list[str]) -> list[str]:
    """The company of each administration."""
    found = await organisation.listed(organisation.imports, "/v1/administrations")
    companies = {each["id"]: each["external_id"] for each in found}
    return [str(companies[each]) for each in administrations]
