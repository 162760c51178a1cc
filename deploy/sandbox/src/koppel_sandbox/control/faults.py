"""The fault switch: what goes wrong, for which calls, how often."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from koppel_sandbox.documents import JsonObject

STATUS, DELAY, DROP, LOSE_ANSWER = "status", "delay", "drop", "lose_answer"
GARBAGE, TRUNCATE_LISTING = "garbage", "truncate_listing"
KINDS = (STATUS, DELAY, DROP, LOSE_ANSWER, GARBAGE, TRUNCATE_LISTING)


@dataclass(frozen=True, slots=True)
class Match:
    """None means any. `path` matches itself and everything below it; with `*` or `?` it is a glob."""

    method: str | None = None
    path: str | None = None
    company_id: str | None = None

    def covers(self, method: str, path: str, company_id: str | None) -> bool:
        if self.method is not None and self.method != method:
            return False
        if self.company_id is not None and self.company_id != company_id:
            return False
        if self.path is None:
            return True
        if "*" in self.path or "?" in self.path:
            return fnmatchcase(path, self.path)
        return path == self.path or path.startswith(self.path.rstrip("/") + "/")


@dataclass(slots=True)
class Fault:
    id: int
    kind: str
    match: Match
    remaining: int | None = None
    """Calls still to go wrong; None until the faults are cleared."""
    details: JsonObject = field(default_factory=dict)
    hits: int = 0

    def as_json(self) -> JsonObject:
        match = {"method": self.match.method, "path": self.match.path, "company_id": self.match.company_id}
        return {
            "id": self.id,
            "kind": self.kind,
            "match": {name: value for name, value in match.items() if value is not None},
            "remaining": self.remaining,
            "hits": self.hits,
            **self.details,
        }


class FaultBoard:
    """Oldest fault first. A call meets every matching delay and the first matching fault of another kind."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._next_id = 1

    def add(self, kind: str, match: Match, times: int | None, details: JsonObject) -> Fault:
        fault = Fault(self._next_id, kind, match, times, details)
        self._next_id += 1
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[JsonObject]:
        """Faults that were used up stay listed, with `remaining` 0, until they are cleared."""
        return [fault.as_json() for fault in self._faults]

    def take(self, method: str, path: str, company_id: str | None) -> list[Fault]:
        """The faults that this call meets, each counted down."""
        met: list[Fault] = []
        for fault in self._faults:
            if fault.remaining == 0 or not fault.match.covers(method, path, company_id):
                continue
            if fault.kind != DELAY and any(other.kind != DELAY for other in met):
                continue
            fault.hits += 1
            if fault.remaining is not None:
                fault.remaining -= 1
            met.append(fault)
        return met
