"""What every step of the demonstration uses: addresses and clients, the terminal, and the record of steps taken."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx
from rich.console import Console
from rich.markup import escape

from koppel.platform.kafka.access import Kafka
from koppel_local.demo.api import Api
from koppel_local.demo.browser import Browser
from koppel_local.demo.failure import DemoFailed, Unexpected
from koppel_local.demo.organisation import Organisation
from koppel_local.demo.provider import EACCOUNTING, Provider

P = ParamSpec("P")
T = TypeVar("T")

_POLL = 0.05


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that did what it promised."""

    number: int
    title: str
    expected: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Base URLs, the broker, and the beheerder's bearer token."""

    services: Mapping[str, str]
    sandbox: str
    kafka: Kafka
    token: str


class Stage:
    """One demonstration. Use as a context manager: it closes its connections."""

    def __init__(
        self,
        organisation: Organisation,
        addresses: Addresses,
        return_url: str,
        console: Console,
        provider: Provider = EACCOUNTING,
    ) -> None:
        self.organisation = organisation
        self.provider = provider
        self.kafka = addresses.kafka
        self.console = console
        self.steps: list[StepTaken] = []
        self.began = time.time()
        self.browser = Browser(return_url)
        by_name = {
            name: Api(name, url, addresses.token, self.note) for name, url in addresses.services.items()
        }
        self.connections = by_name["connection-svc"]
        self.imports = by_name["import-svc"]
        self.assignments = by_name["assignment-svc"]
        self.syncs = by_name["sync-svc"]
        self.sandbox = Api("sandbox", addresses.sandbox, None, self.note)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        for api in (self.connections, self.imports, self.assignments, self.syncs, self.sandbox):
            api.close()

    def note(self, line: str) -> None:
        """Print a line about an observation."""
        self.console.print(f"     {escape(line)}", highlight=False)

    @contextmanager
    def step(self, title: str, expected: str) -> Iterator[None]:
        """Raises `DemoFailed` for any error inside."""
        number, began = len(self.steps) + 1, time.monotonic()
        self.console.print(f"[bold]{number:2}. {escape(title)}[/bold]", highlight=False)
        self.console.print(f"     [dim]expected: {escape(expected)}[/dim]", highlight=False)
        try:
            yield
        except Unexpected as error:
            raise DemoFailed(number, title, error.expected, error.came) from error
        except httpx.HTTPError as error:
            raise DemoFailed(number, title, expected, f"{type(error).__name__}: {error}") from error
        except (KeyError, IndexError, TypeError) as error:
            came = f"an answer of another shape ({type(error).__name__}: {error})"
            raise DemoFailed(number, title, expected, came) from error
        seconds = time.monotonic() - began
        self.steps.append(StepTaken(number, title, expected, round(seconds, 3)))
        self.console.print(f"     [green]as expected[/green] [dim]({seconds:.1f} s)[/dim]", highlight=False)

    def steps_taken(self) -> list[dict[str, object]]:
        return [asdict(taken) for taken in self.steps]


def step(
    title: str, *, expects: str
) -> Callable[[Callable[Concatenate[Stage, P], T]], Callable[Concatenate[Stage, P], T]]:
    """Make a function a step: its title and promise are shown, and its failure names them.

    A provider may have other words for it.
    """

    def decorate(act: Callable[Concatenate[Stage, P], T]) -> Callable[Concatenate[Stage, P], T]:
        @wraps(act)
        def play(stage: Stage, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with stage.step(*stage.provider.words.get(act.__name__, (title, expects))):
                return act(stage, *args, **kwargs)

        return play

    return decorate


def until(probe: Callable[[], T | None], *, within: float, what: str, last: Callable[[], str]) -> T:
    """Ask until there is an answer. Raises `Unexpected` with what `last` says when the time is up."""
    deadline = time.monotonic() + within
    while True:
        if (found := probe()) is not None:
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"{what} within {within:.0f} s", last())
        time.sleep(_POLL)
