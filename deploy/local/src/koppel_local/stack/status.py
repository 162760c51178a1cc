"""How a stack is doing, in the shape that `koppel status --json` prints."""

from typing import TypedDict

from koppel_local.failure import SetupFailed
from koppel_local.process.http_part import HttpPart
from koppel_local.stack.parts import Parts


class HttpStatus(TypedDict):
    url: str | None
    ready: bool
    pids: list[int]


class KafkaStatus(TypedDict):
    bootstrap_servers: str | None
    ready: bool
    pids: list[int]


class PostgresStatus(TypedDict):
    dsn: str | None
    ready: bool
    pids: list[int]


class StackStatus(TypedDict):
    services: dict[str, HttpStatus]
    kafka: KafkaStatus
    postgres: PostgresStatus
    sandbox: HttpStatus
    identity: HttpStatus
    console: HttpStatus


def status_of(parts: Parts) -> StackStatus:
    """Ask every part now. Parts that never started have no address."""
    return {
        "services": {name: _http_status(part) for name, part in parts.processes.items()},
        "kafka": _kafka_status(parts),
        "postgres": _postgres_status(parts),
        "sandbox": _http_status(parts.sandbox),
        "identity": _http_status(parts.identity),
        "console": _http_status(parts.console),
    }


def all_ready(status: StackStatus) -> bool:
    """Whether every part can be used."""
    others = (status["kafka"], status["postgres"], status["sandbox"], status["identity"], status["console"])
    return all(part["ready"] for part in (*others, *status["services"].values()))


def _http_status(part: HttpPart) -> HttpStatus:
    return {"url": part.url, "ready": part.ready, "pids": part.pids}


def _kafka_status(parts: Parts) -> KafkaStatus:
    try:
        servers = parts.broker.bootstrap_servers
    except SetupFailed:
        return {"bootstrap_servers": None, "ready": False, "pids": []}
    return {"bootstrap_servers": servers, "ready": parts.broker.ready, "pids": parts.broker.pids}


def _postgres_status(parts: Parts) -> PostgresStatus:
    try:
        dsn = parts.database.dsn
    except SetupFailed:
        return {"dsn": None, "ready": False, "pids": []}
    return {"dsn": dsn, "ready": parts.database.ready, "pids": parts.database.pids}
