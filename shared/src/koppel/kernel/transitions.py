"""States and what may follow them, as data: one table an entity, which its rules ask and its service's README prints."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from koppel.kernel.errors import IllegalTransition

S = TypeVar("S", bound=str)


@dataclass(frozen=True, slots=True)
class Transitions(Generic[S]):
    """`entity` as the audit trail names it; `table` has every state, those that are final with nothing behind them."""

    entity: str
    table: Mapping[S, Collection[S]]

    def allow(self, before: S, after: S) -> bool:
        """Whether `after` may follow `before`. To stay is no transition."""
        return after in self.table[before]

    def require(self, before: S, after: S, identifier: UUID, *, code: str, detail: str) -> None:
        """Raises `IllegalTransition` with this code and detail."""
        if not self.allow(before, after):
            raise IllegalTransition(code, detail, entity=self.entity, identifier=identifier)

    def before(self, after: S) -> tuple[S, ...]:
        """The states that lead to this one."""
        return tuple(state for state, follow in self.table.items() if after in follow)

    def __iter__(self) -> Iterator[tuple[S, tuple[S, ...]]]:
        """Each state with those that may follow, in the order of the table."""
        return (
            (before, tuple(after for after in self.table if after in follow))
            for before, follow in self.table.items()
        )
