"""Every API and token call, in order: what a test reads to see what the provider really got."""

from collections import deque
from dataclasses import dataclass

from koppel_sandbox.instants import as_text
from koppel_sandbox.shapes import JsonObject

_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Call:
    at: int
    client_id: str | None
    grant: str | None
    company_id: str | None
    method: str
    path: str
    query: str
    status: int | None
    """None when no answer reached the client."""
    fault: str | None

    def as_json(self, index: int) -> JsonObject:
        return {
            "index": index,
            "at": as_text(self.at),
            "client_id": self.client_id,
            "grant": self.grant,
            "company_id": self.company_id,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "fault": self.fault,
        }


class CallLedger:
    """Holds the newest calls; indexes count from the start of the process or the last emptying."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._count = 0

    def add(self, call: Call) -> None:
        self._calls.append(call)
        self._count += 1

    def clear(self) -> None:
        self._calls.clear()
        self._count = 0

    @property
    def count(self) -> int:
        return self._count

    def since_index(self, first: int) -> list[JsonObject]:
        oldest = self._count - len(self._calls)
        return [call.as_json(index) for index, call in enumerate(self._calls, start=oldest) if index >= first]

    def since_instant(self, instant: int) -> list[JsonObject]:
        oldest = self._count - len(self._calls)
        return [
            call.as_json(index) for index, call in enumerate(self._calls, start=oldest) if call.at >= instant
        ]
