"""Each service's routes, as its composition root hands them out, and the service without anything behind them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from koppel.kernel.ids import new_id
from koppel.platform import operations
from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import Authenticator, JwksFile
from koppel.testing.tokens import TokenIssuer

PACKAGES = ("connection_svc", "import_svc", "assignment_svc", "sync_svc")
ISSUER = TokenIssuer()


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of a service's document."""

    package: str
    method: str
    template: str
    operation: str

    @property
    def path(self) -> str:
        """With an id in every place."""
        parts = self.template.replace("}", "{").split("{")
        return "".join(str(new_id()) if number % 2 else part for number, part in enumerate(parts))

    def __str__(self) -> str:
        return f"{self.package}: {self.method} {self.template}"


Judgement: TypeAlias = Callable[[Call], Awaitable[None]]


def of_each(given: Sequence[Call]) -> Callable[[Judgement], Callable[[str], Awaitable[None]]]:
    """Makes one test a service of a test of one call; it names every call of which something does not hold."""

    def made(judge: Judgement) -> Callable[[str], Awaitable[None]]:
        @pytest.mark.parametrize("package", PACKAGES)
        async def test(package: str) -> None:
            own = [call for call in given if call.package == package]
            assert own
            wrong: list[str] = []
            for call in own:
                try:
                    await judge(call)
                except AssertionError as told:
                    wrong.append(f"{call}: {told}")
            assert not wrong, "\n".join(wrong)

        return test

    return made


def calls() -> Iterator[Call]:
    """All of all services, one a method."""
    for package in PACKAGES:
        for router in _routers(package):
            for route in router.routes:
                assert isinstance(route, APIRoute)
                for method in sorted(route.methods or ()):
                    yield Call(package, method, route.path_format, route.operation_id or "")


@cache
def app(package: str) -> FastAPI:
    """A call that is let in fails, with 500."""
    with TemporaryDirectory() as folder:
        keys = JwksFile(ISSUER.write_jwks(Path(folder) / "jwks.json"))
        keys._read_if_changed()
    made = create_app(
        package,
        version="0",
        routers=_routers(package),
        authenticator=Authenticator(ISSUER.issuer, ISSUER.audience, keys),
        health=Health(),
    )
    made.state.operations = made.state.context = None
    return made


def _routers(package: str) -> list[APIRouter]:
    return [*import_module(f"{package}.main").ROUTERS, *operations.ROUTERS]
