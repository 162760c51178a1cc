"""The running stack whose alerts are watched, and what a cause says of itself."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from unittest.mock import patch

import httpx
from tests.bench.organisation import Organisation
from tests.bench.stage import Json
from tests.chaos.alerts.server import Prometheus
from tests.chaos.engine.watched import Watched

from koppel_local.stack.stack import Stack

_RIGHTS = ("operator", "payload", "preview", "replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    stack: Stack
    prometheus: Prometheus
    watched: Watched
    companies: Sequence[str]
    """At the provider, in the order of `watched.administrations`."""

    @property
    def organisation(self) -> Organisation:
        return self.watched.organisation

    def kill(self, part: str) -> None:
        """At once, whatever it does: kill -9."""
        for pid in {**self.watched.stage.pids, **self.watched.stage.others}[part]:
            os.kill(pid, signal.SIGKILL)

    async def started(self, **environment: str) -> None:
        """What does not run is started, with these variables besides. Prometheus reads each where it was first."""
        former = self.watched.stage.services
        with patch.dict(os.environ, environment):
            await asyncio.to_thread(self.stack.start)
        self.watched.stage = type(self.watched.stage).of(self.stack)
        moved = {name for name, place in self.watched.stage.services.items() if place != former[name]}
        assert not moved, f"another stack took the port of {moved}: run this where no other one starts"

    def operator(self, service: str) -> httpx.AsyncClient:
        """The service, called by somebody with every right of an operator."""
        who = self.organisation
        token = self.watched.stage.issuer.person_token(
            user=who.beheerder, organisation=who.organisation_id, roles=["beheerder"], rights=_RIGHTS
        )
        return self.watched.stage.client(service, token)

    async def ended(self, asked: Json) -> None:
        """Until the run that answers it does nothing more by itself."""

        async def is_over() -> bool:
            run = await self.watched.run_of(asked)
            return run["state"] == "finished" or run["waiting_for"] == "pause"

        await self.watched.until(is_over, within=90)

    async def firing(self, alert: "Alert") -> bool:
        found = await asyncio.to_thread(self.prometheus.firing)
        return any(alert.labels.items() <= each.items() for each in found)


Made = AbstractAsyncContextManager[None]
"""Entered, the cause is there; left, it is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Alert:
    """One that carries these labels; `alertname` is one of them."""

    labels: Mapping[str, str]

    def __str__(self) -> str:
        severity = self.labels.get("severity")
        return f"`{self.labels['alertname']}`" + (f", {severity}" if severity else "")


def alert(name: str, **labels: str) -> Alert:
    return Alert({"alertname": name, **labels})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`alerts` fire within a minute of it, and are over within two of its end."""

    does: str
    make: Callable[[Scene], Made]
    alerts: tuple[Alert, ...]
    within: float = 60
    over: float = 120
