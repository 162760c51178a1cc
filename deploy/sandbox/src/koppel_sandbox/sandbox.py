"""All packages side by side: each with a clock, faults and a ledger of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from koppel_sandbox.call_ledger import CallLedger
from koppel_sandbox.control_input import Fields
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.faults import FaultBoard
from koppel_sandbox.instants import Clock, MovableClock, system_clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.package import Package, Start
from koppel_sandbox.packages import DEFAULT, PACKAGES

Makers = Mapping[str, Callable[[Start], Package]]


@dataclass(slots=True)
class Stand:
    """One package and what surrounds it."""

    id: str
    package: Package
    clock: MovableClock
    faults: FaultBoard = field(default_factory=FaultBoard)
    ledger: CallLedger = field(default_factory=CallLedger)

    def reset(self, order: Fields) -> None:
        """A new world; the clock is the machine's again. Raises InputError, and then nothing is changed."""
        self.package.reset(order)
        self.clock.ahead = 0
        self.faults.clear()
        self.ledger.clear()


def _kept_in(path: Path | None, package: str) -> Path | None:
    """The state file of a package: the default one's has the name given, the others' say whose they are."""
    if path is None or package == DEFAULT:
        return path
    return path.with_name(f"{path.stem}.{package}{path.suffix}")


class Sandbox:
    """`options` has the shape of a reset's body; `own` adds to it for single packages. Raises InputError."""

    def __init__(
        self,
        options: JsonObject | None = None,
        *,
        own: Mapping[str, JsonObject] | None = None,
        state: Path | None = None,
        clock: Clock = system_clock,
        packages: Makers = PACKAGES,
    ) -> None:
        made: dict[str, Package] = {}
        self.stands: dict[str, Stand] = {}
        for name, make in packages.items():
            moved = MovableClock(clock)
            start = Start(
                {**(options or {}), **(own or {}).get(name, {})}, moved, Journal(_kept_in(state, name)), made
            )
            made[name] = make(start)
            self.stands[name] = Stand(name, made[name], moved)

    @property
    def default(self) -> Stand:
        return self.stands[DEFAULT]
