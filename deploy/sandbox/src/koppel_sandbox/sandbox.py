"""All providers in one process, each with a clock, faults and a ledger of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from koppel_sandbox.control.call_ledger import CallLedger
from koppel_sandbox.control.faults import FaultBoard
from koppel_sandbox.control.fields import Fields
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import Clock, MovableClock, system_clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.provider import Provider, Start
from koppel_sandbox.providers import DEFAULT, PROVIDERS

Makers = Mapping[str, Callable[[Start], Provider]]


@dataclass(slots=True)
class Stand:
    """One provider and what surrounds it."""

    id: str
    provider: Provider
    clock: MovableClock
    faults: FaultBoard = field(default_factory=FaultBoard)
    ledger: CallLedger = field(default_factory=CallLedger)

    def reset(self, order: Fields) -> None:
        """A new world; the clock is the machine's again. Raises InputError, and then nothing is changed."""
        self.provider.reset(order)
        self.clock.ahead = 0
        self.faults.clear()
        self.ledger.clear()


def _kept_in(path: Path | None, provider: str) -> Path | None:
    """The state file of a provider: the default one's has the name given, the others' say whose they are."""
    if path is None or provider == DEFAULT:
        return path
    return path.with_name(f"{path.stem}.{provider}{path.suffix}")


class Sandbox:
    """`options` has the shape of a reset's body; `own` adds to it for single providers. Raises InputError."""

    def __init__(
        self,
        options: JsonObject | None = None,
        *,
        own: Mapping[str, JsonObject] | None = None,
        state: Path | None = None,
        clock: Clock = system_clock,
        providers: Makers = PROVIDERS,
    ) -> None:
        made: dict[str, Provider] = {}
        self.stands: dict[str, Stand] = {}
        for name, make in providers.items():
            moved = MovableClock(clock)
            start = Start(
                {**(options or {}), **(own or {}).get(name, {})}, moved, Journal(_kept_in(state, name)), made
            )
            made[name] = make(start)
            self.stands[name] = Stand(name, made[name], moved)

    @property
    def default(self) -> Stand:
        return self.stands[DEFAULT]
