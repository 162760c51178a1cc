"""Every API and token call, in order: what a test reads to see what the provider really got."""

from collections import Counter, deque
from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_text

_KEPT = 200_000
AT_ONCE = "at_once"


@dataclass(slots=True)
class Call:
    """`status` is None when no answer reached the client; `in_flight` counts the calls of the same company that were in
    work when this one came, itself included; `violation` is the rule of the provider that the caller broke."""

    at: int
    client_id: str | None
    grant: str | None
    company_id: str | None
    method: str
    path: str
    query: str
    status: int | None
    fault: str | None
    in_flight: int = 1
    violation: str | None = None

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
            "in_flight": self.in_flight,
            "violation": self.violation,
        }


class CallLedger:
    """Holds the newest calls; indexes count from the start of the process or the last emptying."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._count = 0
        self._violations: Counter[str] = Counter()

    def add(self, call: Call, at_once: int | None = None) -> None:
        """`at_once`: how many calls of one company the provider allows at the same time."""
        if call.violation is None and at_once is not None and call.in_flight > at_once:
            call.violation = AT_ONCE
        if call.violation is not None:
            self._violations[call.violation] += 1
        self._calls.append(call)
        self._count += 1

    def clear(self) -> None:
        self._calls.clear()
        self._count = 0
        self._violations.clear()

    @property
    def violations(self) -> dict[str, int]:
        """How often which rule was broken, since the last emptying."""
        return dict(self._violations)

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
