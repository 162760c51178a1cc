"""Which events write a line to the process log when they commit. Lines hold ids and codes only."""

import logging
from typing import Any
from uuid import UUID

from koppel.contracts.connection import (
    ConnectionReauthorizationRequired,
    ConnectionRecovered,
    ConnectionRevoked,
)
from koppel.contracts.event import Event
from koppel.contracts.replay import GapFound
from koppel.contracts.sync import SyncAbandoned, SyncCompleted, SyncDeferred, SyncFailed
from koppel.contracts.values import Failure, SyncOutcome
from koppel.platform.telemetry import log_on_commit

log = logging.getLogger(__name__)

LINES: dict[type[Event], tuple[int, str]] = {
    ConnectionReauthorizationRequired: (logging.WARNING, "grant lost"),
    ConnectionRecovered: (logging.INFO, "connection recovered"),
    ConnectionRevoked: (logging.INFO, "connection revoked"),
    SyncDeferred: (logging.INFO, "sync run deferred"),
    SyncFailed: (logging.WARNING, "sync run failed"),
    SyncAbandoned: (logging.WARNING, "sync run abandoned"),
    GapFound: (logging.INFO, "missing versions asked for"),
}
"""Level and message of each."""
_SHOWN = ("connection_id", "grant_id", "administration_id", "run_id", "reason", "who_must_act", "until",
          "consumer", "stream_topic", "stream_key", "from_version", "to_version")  # fmt: skip


def line_on_commit(event: Event, correlation_id: UUID) -> None:
    """Say it, if it is one of those, once the caller's transaction has committed."""
    level, message = LINES.get(type(event), (0, ""))
    if isinstance(event, SyncCompleted) and event.outcome is SyncOutcome.PARTIAL:
        level, message = logging.WARNING, "sync run partial"
    if not message:
        return
    shown: dict[str, Any] = {name: getattr(event, name, None) for name in _SHOWN}
    failure = getattr(event, "failure", None)
    if isinstance(failure, Failure):
        shown |= {"code": failure.code, "origin": failure.origin, "who_must_act": failure.who_must_act}
    log_on_commit(
        log, level, message, organisation_id=event.organisation_id, correlation_id=correlation_id, **shown
    )
