"""A provider that answers nonsense for a while: every run ends or waits by its code, and nothing is lost or deleted for it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.reading import Flag, Sweep
from sync_svc.domain.removal import HALF_FLOOR
from sync_svc.domain.run import RunState

from .reader import Reader

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    "HTML": ({"kind": "status", "status": 200, "body": "<html>Onderhoud</html>"}, "provider_bad_answer"),
    "HTML of a gateway": ({"kind": "status", "status": 502, "body": "<html>"}, "provider_unavailable"),
    "429 without a word": ({"kind": "status", "status": 429, "body": ""}, "rate_limited"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_nonsense_has_a_code_and_loses_nothing(reader: Reader, name: str) -> None:
    fault, code = FAULTS[name]
    await reader.read(FULL)
    for listing in reader.listings:
        await reader.change(listing, change=1)
    before = await reader.record_keys()
    await reader.order_fault(fault)
    run_id = await reader.ask(reader.request(INCREMENTAL, None))
    await reader.perform(run_id)
    view = await reader.run(run_id)
    assert view.run.failure is not None
    assert view.run.failure.code == code
    assert view.run.state is RunState.DEFERRED or view.run.outcome is SyncOutcome.FAILED
    assert await reader.record_keys() == before
    await reader.end_faults()
    if view.run.state is RunState.DEFERRED:
        await reader.perform(run_id)
    await reader.read(INCREMENTAL)
    assert (await reader.record_digests()).items() >= (await reader.truth()).items()


async def test_where_only_readings_tell_what_is_gone_one_that_is_cut_off_deletes_nothing(
    reader: Reader,
) -> None:
    await reader.read(FULL)
    swept = {each.resource for each in reader.listings if isinstance(each.removal, Sweep | Flag)}
    await reader.order_fault({"kind": "truncate_listing"})
    await reader.sync(FULL, None)
    assert not swept & {each["resource"] for each in await reader.events("RecordDeleted")}
    await reader.end_faults()
    await reader.order_fault({"kind": "truncate_listing", "hide_total": True})
    for _ in range(2):
        await reader.sync(FULL, None)
    deleted = Counter(each["resource"] for each in await reader.events("RecordDeleted"))
    assert max(deleted.values(), default=0) <= HALF_FLOOR  # so few may really have gone
    await reader.end_faults()
    await reader.read(FULL)
    assert await reader.record_digests() == await reader.truth()
