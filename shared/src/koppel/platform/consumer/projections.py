"""How a rebuild treats each table that a service fills from events."""

from dataclasses import dataclass
from uuid import UUID

from koppel.contracts.topics import Topic
from koppel.platform.database import Connection


@dataclass(frozen=True, slots=True)
class Projection:
    """A table whose rows the events of one topic alone fill, so that they can be forgotten and filled again.

    `key` is its column (a uuid) that names the stream. `referred_to` is a condition on its rows, in SQL: those that
    others refer to stay, and are overwritten by the events.
    """

    table: str
    topic: Topic
    key: str
    referred_to: str = "false"

    async def forget(self, connection: Connection, key: str) -> None:
        """Delete the stream's rows. A key that is no id has none."""
        try:
            stream = UUID(key)
        except ValueError:
            return
        statement = f"delete from {self.table} where {self.key} = $1 and not ({self.referred_to})"
        await connection.execute(statement, stream)


@dataclass(frozen=True, slots=True)
class RebuildPolicy:
    """Every table that a service has beside the platform's, in exactly one of three kinds.

    `projections` are forgotten, in this order, and filled again. `decisions` are what people or rules decided: kept, and
    restored where missing as far as something tells what they were. `others` hold nothing that events led to.
    """

    projections: tuple[Projection, ...] = ()
    decisions: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """All of them by name."""
        return (*(each.table for each in self.projections), *self.decisions, *self.others)

    def filled_by(self, topic: str) -> list[Projection]:
        return [each for each in self.projections if each.topic.name == topic]
