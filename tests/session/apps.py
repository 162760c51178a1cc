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

Kept: TypeAlias = dict[str, list[FastAPI]]
MakeApp: TypeAlias = Callable[..., FastAPI]


@pytest.fixture(scope="session")
def kept_apps() -> Kept:
    """By service; those that no test uses now."""
    return defaultdict(list)


@pytest.fixture
def make_app(kept_apps: Kept) -> Iterator[MakeApp]:
    """Gives an application that is this test's alone until its end. Its probes know no checks; its context is new."""
    taken: list[tuple[str, FastAPI]] = []

    def make(
        service: str,
        routers: Sequence[APIRouter],
        authenticator: Authenticator,
        context: object,
        access: ServiceAccess = DEFAULT_ACCESS,
    ) -> FastAPI:
        kept = kept_apps[service]
        app = kept.pop() if kept else _made(service, routers, authenticator)
        app.state.authenticator, app.state.service_access = authenticator, access
        taken.append((service, app))
        return provide(app, context)

    yield make
    for service, app in taken:
        del app.state.context
        kept_apps[service].append(app)


def _made(service: str, routers: Sequence[APIRouter], authenticator: Authenticator) -> FastAPI:
    return create_app(service, version="0", routers=routers, authenticator=authenticator, health=Health())
