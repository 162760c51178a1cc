"""A whole stack with two processes of sync-svc, at a sandbox that counts calls as strictly as our ledger."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from tests.bench.organisation import Organisation
from tests.bench.stage import Stage, answered

from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack

from .watched import LIMIT, Watched


@pytest.fixture(scope="module")
def stack(new_folder: Callable[[], Path]) -> Iterator[Stack]:
    told = {
        "KOPPEL_PROCESSES": "sync-svc=2",
        "KOPPEL_PROVIDERS_EACCOUNTING_LIMITS": f"minute={LIMIT}",
    }
    with patch.dict(os.environ, told):
        made = Stack(new_folder(), say=print, progress=download_bar)
        made.up()
        yield made
        made.down()


@pytest.fixture
async def watched(stack: Stack) -> AsyncIterator[Watched]:
    """With six administrations that were read for the first time; the sandbox is new."""
    stage = Stage.of(stack)
    async with httpx.AsyncClient(base_url=stage.sandbox, timeout=60, trust_env=False) as sandbox:
        sizes = dict.fromkeys(("accounts", "fiscalyears", "vatcodes", "costcenters", "projects"), 1)
        none = dict.fromkeys(("suppliers", "customerinvoices", "supplierinvoices", "vouchers"), 0)
        world = {
            "companies": 6,
            "sizes": {**sizes, **none, "customers": 3_000},
            "rate_limit_per_minute": LIMIT,
            "access_token_seconds": 7_200,
        }
        made = await answered(sandbox.post("/_sandbox/reset", json=world))
        async with Organisation(stage) as organisation:
            arrived = Watched(stack, stage, organisation, sandbox)
            await arrived.arrive([str(company["id"]) for company in made["companies"]])
            yield arrived
            await arrived.end_faults()
            await organisation.remove(arrived.administrations)
