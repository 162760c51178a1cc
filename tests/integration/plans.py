"""What PostgreSQL did for a statement, by its own account."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from koppel.platform.database import Connection

Node: TypeAlias = dict[str, Any]
"""A step of a plan, as `explain (format json)` tells it."""


async def carried_out(connection: Connection, statement: str, *given: object) -> list[Node]:
    """Carries the statement out; the steps, the last one first."""
    (told,) = await connection.fetchval(f"explain (analyze, format json) {statement}", *given)
    return list(steps_of(told["Plan"]))


async def planned(connection: Connection, statement: str, *given: object) -> list[Node]:
    """The steps that a statement would take."""
    (told,) = await connection.fetchval(f"explain (format json) {statement}", *given)
    return list(steps_of(told["Plan"]))


def steps_of(plan: Node) -> Iterator[Node]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from steps_of(each)


def rows_read(step: Node) -> float:
    """In all its rounds, with those that a filter threw away."""
    rows: float = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
    return rows * step["Actual Loops"]
