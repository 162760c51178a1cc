"""The parts of one stack, told apart by what they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from koppel_local.process.http_part import HttpPart
from koppel_local.progress import DownloadProgress
from koppel_local.stack.layout import (
    CONSOLE,
    CONSOLE_PORT,
    IDENTITY,
    IDENTITY_PORT,
    SANDBOX,
    SANDBOX_PORT,
    SERVICES,
)
from koppel_local.stack.processes import MOST, more_processes, name_of
from koppel_local.stack.servers import Broker, Database, choose_broker, choose_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Database and broker, our own or given; the sandbox; the issuer of tokens; the console; the services by name."""

    state_dir: Path
    database: Database
    broker: Broker
    sandbox: HttpPart
    identity: HttpPart
    console: HttpPart
    services: Mapping[str, HttpPart]
    more: Mapping[str, Sequence[HttpPart]]
    """The second and further processes of a service, by its name."""

    @property
    def processes(self) -> Mapping[str, HttpPart]:
        """Every process of a service by its own name."""
        further = [part for parts in self.more.values() for part in parts]
        return {**self.services, **{part.name: part for part in further}}


def parts_of(
    state_dir: Path, given: Mapping[str, str], say: Callable[[str], None], progress: DownloadProgress
) -> Parts:
    """The parts under a state folder, running or not."""
    return Parts(
        state_dir=state_dir,
        database=choose_database(given.get("database_url"), state_dir, say),
        broker=choose_broker(given, state_dir, say, progress),
        sandbox=HttpPart(
            state_dir, SANDBOX, default_port=SANDBOX_PORT, ready_path="/_sandbox/health", say=say
        ),
        identity=HttpPart(state_dir, IDENTITY, default_port=IDENTITY_PORT, ready_path="/readyz", say=say),
        console=HttpPart(state_dir, CONSOLE, default_port=CONSOLE_PORT, ready_path="/readyz", say=say),
        services={
            part.name: HttpPart(state_dir, part.name, default_port=part.port, ready_path="/readyz", say=say)
            for part in SERVICES
        },
        more=_more_of(state_dir, given, say),
    )


def _more_of(
    state_dir: Path, given: Mapping[str, str], say: Callable[[str], None]
) -> dict[str, list[HttpPart]]:
    wanted = more_processes(given.get("processes"))
    return {
        part.name: [
            HttpPart(
                state_dir,
                name_of(part.name, number),
                default_port=part.port + 10 * (number - 1),
                ready_path="/readyz",
                say=say,
            )
            for number in range(2, 2 + wanted[part.name])
        ]
        for part in SERVICES
        if part.name in wanted
    }


def surplus_of(parts: Parts, say: Callable[[str], None]) -> list[HttpPart]:
    """Processes of services that an `up` before this one started, and that are not wanted any more."""
    names = [name_of(service.name, number) for service in SERVICES for number in range(2, MOST + 1)]
    return [
        HttpPart(parts.state_dir, name, default_port=0, ready_path="/readyz", say=say)
        for name in names
        if name not in parts.processes and (parts.state_dir / "run" / f"{name}.pid").exists()
    ]
