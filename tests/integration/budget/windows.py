"""What tests draw on."""

from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import Exhausted, MadeCall, Permits, ScopedWindow, Spender


def window(
    calls: int = 10,
    seconds: int = 60,
    name: str = "minute",
    *,
    daily: bool = False,
    errors: bool = False,
    limit: int | None = None,
) -> ScopedWindow:
    return ScopedWindow(
        provider="exact_online",
        name=name,
        scope="client",
        limit=limit or calls,
        calls=calls,
        seconds=seconds,
        daily=daily,
        errors=errors,
    )


async def drawn(budget: PostgresBudget, spender: Spender, calls: int, reserve: float = 0.0) -> Permits:
    """As many as there are, up to these."""
    lot = await budget.draw(spender, calls, reserve=reserve)
    assert isinstance(lot, Permits), lot
    return lot


async def exhausted(budget: PostgresBudget, spender: Spender, reserve: float = 0.0) -> Exhausted:
    nothing = await budget.draw(spender, 1, reserve=reserve)
    assert isinstance(nothing, Exhausted), nothing
    return nothing


def used(calls: int, seconds_ago: float = 0.0, *, refused: bool = False) -> list[MadeCall]:
    return [MadeCall(seconds_ago, refused)] * calls


async def later(database: Database, seconds: float) -> None:
    """Time passes for the ledger: all that stands in it becomes so much older."""
    async with database.system() as connection:
        await connection.execute(
            """
            update rate_window set
                until = array(select at - make_interval(secs => $1::float8) from unnest(until) with ordinality as e (at, i) order by i),
                left_at = left_at - make_interval(secs => $1), left_until = left_until - make_interval(secs => $1),
                empty_until = empty_until - make_interval(secs => $1), ends_at = ends_at - make_interval(secs => $1)
            """,
            seconds,
        )
        await connection.execute(
            "update call_spend set last_at = last_at - make_interval(secs => $1::float8)", seconds
        )
