"""Seeded bugs of pauses."""

from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch
from uuid import UUID

from tests.chaos.mutants.catalogue import changed, mutant

from sync_svc.adapters.postgres import pauses, policies, runs, turns
from sync_svc.application import perform_run
from sync_svc.application.pauses import learn_from


@mutant("provider that is down is paused once for all", "paused again and again")
def provider_is_paused_by_each_that_fails() -> Iterator[None]:
    async def nothing(self: Any, ids: Sequence[UUID]) -> Any:
        return {administration_id: [] for administration_id in ids}

    statement = changed(pauses._BEGIN, "do nothing", "do update set since = now()")
    with (
        patch.object(pauses, "_BEGIN", statement),
        patch.object(pauses.PostgresPauses, "of_administrations", nothing),
    ):
        yield


@mutant("pause ends when its cause is gone", "paused for ever")
def pause_is_never_probed() -> Iterator[None]:
    async def none(self: Any, limit: int) -> list[Any]:
        return []

    with patch.object(pauses.PostgresPauses, "lock_due_probes", none):
        yield


@mutant("one run at a time is tried", "not one probe")
def every_run_is_a_probe() -> Iterator[None]:
    held = "and not exists (select from held_run where held_run.run_id = sync_run.run_id)"
    with patch.object(turns, "_GRANT", changed(turns._GRANT, held, "")):
        yield


@mutant("what a person asked is done after the pause", "request lost")
def run_under_a_pause_fails() -> Iterator[None]:
    async def forgetful(*told: Any) -> None:
        await learn_from(*told)

    with patch.object(perform_run, "learn_from", forgetful):
        yield


@mutant("what was due meanwhile is asked once", "not asked once")
def what_was_missed_is_forgotten() -> Iterator[None]:
    with patch.object(policies, "_MOVE", changed(policies._MOVE, "missed = moved.missed", "missed = false")):
        yield


@mutant("wait under a pause is told once", "told again and again")
def every_probe_that_fails_is_another_wait() -> Iterator[None]:
    statement = changed(runs._HOLD, "returning old.told_to_wait", "returning false")
    with patch.object(runs, "_HOLD", statement):
        yield
