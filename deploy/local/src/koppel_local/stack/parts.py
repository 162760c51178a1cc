"""The parts of one stack, told apart by what they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from koppel_local.process.http_part import HttpPart
from koppel_local.progress import DownloadProgress
from koppel_local.stack.layout import SANDBOX, SANDBOX_PORT, SERVICES
from koppel_local.stack.servers import Broker, Database, choose_broker, choose_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Database and broker, our own or given; the sandbox; the services by name."""

    state_dir: Path
    database: Database
    broker: Broker
    sandbox: HttpPart
    services: Mapping[str, HttpPart]


def parts_of(
    state_dir: Path, given: Mapping[str, str], say: Callable[[str], None], progress: DownloadProgress
) -> Parts:
    """The parts under a state folder, running or not."""
    return Parts(
        state_dir=state_dir,
        database=choose_database(given.get("database_url"), state_dir, say),
        broker=choose_broker(given.get("kafka_bootstrap_servers"), state_dir, say, progress),
        sandbox=HttpPart(
            state_dir, SANDBOX, default_port=SANDBOX_PORT, ready_path="/_sandbox/health", say=say
        ),
        services={
            part.name: HttpPart(state_dir, part.name, default_port=part.port, ready_path="/readyz", say=say)
            for part in SERVICES
        },
    )
