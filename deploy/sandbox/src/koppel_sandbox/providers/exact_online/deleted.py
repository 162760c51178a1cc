"""`sync/Deleted`: what was removed from a division, for as long as the provider remembers."""

from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY
from koppel_sandbox.providers.exact_online.shapes import shaped
from koppel_sandbox.providers.exact_online.values import odata_date
from koppel_sandbox.story.draw import guid

MEMORY = 60 * DAY
DELETED, DELETED_FEED = "Deleted", "sync/Deleted"


@dataclass(frozen=True, slots=True)
class Removed:
    division: str
    key: str
    entity_type: int
    instant: int

    def as_json(self) -> JsonObject:
        return shaped(
            "Deleted",
            ID=guid(f"{self.division}/deleted/{self.entity_type}/{self.key}"),
            EntityKey=self.key,
            EntityType=self.entity_type,
            Division=int(self.division),
            DeletedDate=odata_date(self.instant),
            DeletedBy=guid(f"{self.division}/somebody"),
        )


class Removals:
    """Of all divisions, each in the order of their times."""

    def __init__(self) -> None:
        self._removed: dict[str, list[Removed]] = {}

    def add(self, removed: Removed) -> None:
        self._removed.setdefault(removed.division, []).append(removed)

    def forget(self, division: str) -> None:
        self._removed.pop(division, None)

    def of(self, division: str, now: int) -> list[Removed]:
        """Those that are remembered at `now`."""
        return [each for each in self._removed.get(division, ()) if each.instant > now - MEMORY]
