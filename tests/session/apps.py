"""Applications of services, kept from test to test: FastAPI works out the routes of each anew, tens of milliseconds of
processor time at its first requests."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import pytest
from fastapi import APIRouter, FastAPI

from koppel.platform.health import Health
from koppel.platform.http import create_app, provide
from koppel.platform.identity import DEFAULT_ACCESS, Authenticator, ServiceAccess

Key: TypeAlias = tuple[str, tuple[int, ...]]
Kept: TypeAlias = dict[Key, list[FastAPI]]
MakeApp: TypeAlias = Callable[..., FastAPI]


@pytest.fixture(scope="session")
def kept_apps() -> Kept:
    """By service and its routers; those that no test uses now."""
    return defaultdict(list)


@pytest.fixture
def make_app(kept_apps: Kept) -> Iterator[MakeApp]:
    """Gives an application that is this test's alone until its end. Its probes know no checks; its context is new."""
    taken: list[tuple[Key, FastAPI]] = []

    def make(
        service: str,
        routers: Sequence[APIRouter],
        authenticator: Authenticator,
        context: object,
        access: ServiceAccess = DEFAULT_ACCESS,
    ) -> FastAPI:
        key = (service, tuple(map(id, routers)))
        kept = kept_apps[key]
        app = kept.pop() if kept else _made(service, routers, authenticator)
        app.state.authenticator, app.state.service_access = authenticator, access
        taken.append((key, app))
        return provide(app, context)

    yield make
    for key, app in taken:
        del app.state.context
        kept_apps[key].append(app)


def _made(service: str, routers: Sequence[APIRouter], authenticator: Authenticator) -> FastAPI:
    return create_app(service, version="0", routers=routers, authenticator=authenticator, health=Health())
