"""An answer with its own "stand": fresh, remembered from before because its service is silent, or none at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from koppel_console.services.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`data` is the answer's JSON, true at `at`; `problem` says why it is not of now, or is not there."""

    service: str
    data: Any = None
    at: datetime | None = None
    problem: Problem | None = None

    @property
    def is_there(self) -> bool:
        """There is something to show, old or new."""
        return self.at is not None

    @property
    def is_stale(self) -> bool:
        return self.is_there and self.problem is not None

    @property
    def is_fresh(self) -> bool:
        return self.is_there and self.problem is None

    @property
    def items(self) -> list[dict[str, Any]]:
        """Rows of a list; none of an answer in another form."""
        return self.rows("items")

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The objects of a member that is a list; none of anything else."""
        found = self.get(name)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def next_cursor(self) -> str | None:
        found = self.get("next_cursor")
        return found if isinstance(found, str) else None

    @property
    def total(self) -> int | None:
        found = self.get("total")
        return found if isinstance(found, int) else None

    def get(self, name: str, default: Any = None) -> Any:
        """A member of the answer."""
        return self.data.get(name, default) if isinstance(self.data, dict) else default

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.items)
