"""Seeded bugs of stopping."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.platform.health import Finding, Health
from koppel.platform.runner import HttpPart, lifecycle
from koppel.platform.runner.http_part import _LastAnswers


@mutant("kept connection may bring one more call", "dropped")
def connections_at_rest_are_closed_at_once() -> Iterator[None]:
    async def retire(self: Any) -> None:
        self._stop_listening()

    with patch.object(HttpPart, "_retire_connections", retire):
        yield


@mutant("call that waits to be accepted is answered", "dropped")
def listener_is_closed_over_calls_that_wait() -> Iterator[None]:
    async def nothing(self: Any) -> None: ...

    with patch.object(HttpPart, "_take_in_what_waits", nothing):
        yield


@mutant("answers of a process that stops end their connections", "kept")
def connections_are_kept_until_the_drain() -> Iterator[None]:
    def told_nothing(self: Any, app: Any, stopping: asyncio.Event) -> None:
        del stopping
        self._app, self._stopping = app, asyncio.Event()

    with patch.object(_LastAnswers, "__init__", told_nothing):
        yield


@mutant("process that stops is not ready", "still ready")
def readiness_forgets_the_signal() -> Iterator[None]:
    readiness = Health.readiness

    async def hopeful(self: Any) -> Any:
        report = await readiness(self)
        return type(report)(report.checks | {"stopping": Finding(ok=True)})

    with patch.object(Health, "readiness", hopeful):
        yield


@mutant("signal itself makes a process unready", "still ready")
def signal_is_heard_when_all_have_let_go() -> Iterator[None]:
    told = lifecycle._stop_signal

    def later(_: Health) -> Any:
        return told(Health())

    with patch.object(lifecycle, "_stop_signal", later):
        yield
