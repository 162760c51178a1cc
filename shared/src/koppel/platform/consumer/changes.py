"""What handlers change, counted in their transaction: rows by table and events by type. What is rolled back does not count.

PostgreSQL counts the rows that a transaction touches (`pg_stat_xact_user_tables`), rolled back savepoints included; so what
a savepoint had done is taken off again where it ends badly.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from koppel.platform.database import Connection, appended_types

# The functions behind the view, for these tables only; a partitioned table has the sum of its partitions.
_READ = """
select name, coalesce(sum(pg_stat_get_xact_tuples_inserted(relid)), 0)::bigint as inserted,
       coalesce(sum(pg_stat_get_xact_tuples_updated(relid)), 0)::bigint as updated,
       coalesce(sum(pg_stat_get_xact_tuples_deleted(relid)), 0)::bigint as deleted
from unnest($1::text[]) as name
left join lateral (
    select coalesce(part.relid, to_regclass(quote_ident(name))::oid) as relid
    from (select) as one left join pg_partition_tree(to_regclass(quote_ident(name))) as part on true
) as relation on true
group by name
"""
OPERATIONS = ("inserted", "updated", "deleted")


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows by table and operation, and events by type; both without zeros, tables and types in their order."""

    rows: dict[str, dict[str, int]]
    events: dict[str, int]


class ChangeCounter:
    """Counts in one open transaction from `start` on. `tables` are those of the service itself, not the platform's."""

    def __init__(self, connection: Connection, tables: Sequence[str]) -> None:
        self._connection = connection
        self._tables = list(tables)
        self._start: Counter[tuple[str, str]] = Counter()
        self._undone: Counter[tuple[str, str]] = Counter()

    async def start(self) -> None:
        """Forget what was counted before."""
        self._start, self._undone = await self._read(), Counter()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Around a savepoint: what was done inside is taken off when it raises."""
        before = await self._read()
        try:
            yield
        except Exception:
            if not self._connection.is_closed():
                self._undone.update(await self._read())
                self._undone.subtract(before)
            raise

    async def found(self) -> Changes:
        """What remains since the start."""
        counts = await self._read()
        counts.subtract(self._start)
        counts.subtract(self._undone)
        rows: dict[str, dict[str, int]] = {}
        events: dict[str, int] = {}
        for (kind, name), count in sorted(counts.items()):
            if not count:
                continue
            if kind in OPERATIONS:
                rows.setdefault(name, dict.fromkeys(OPERATIONS, 0))[kind] = count
            else:
                events[name] = count
        return Changes(dict(sorted(rows.items())), events)

    async def _read(self) -> Counter[tuple[str, str]]:
        counts: Counter[tuple[str, str]] = Counter()
        if self._tables:
            for row in await self._connection.fetch(_READ, self._tables):
                counts.update({(kind, row["name"]): row[kind] for kind in OPERATIONS})
        counts.update({("event", name): count for name, count in appended_types(self._connection).items()})
        return counts
