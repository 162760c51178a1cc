"""No rate window is overrun by a provider's own count: calls are drawn before they are made, and a run waits without them."""

from tests.unit.conformance.stand import Stand

from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.providers.configuration import configured_windows
from koppel.providers.port import Provider
from koppel.providers.scoped_windows import scoped_windows
from koppel_sandbox.instants import system_clock
from sync_svc.domain.run import RunState

from .reader import Reader

CALLS_A_MINUTE = 3
SIZED = {"minute": CALLS_A_MINUTE, "requests": 5 * CALLS_A_MINUTE, "hour": 10 * CALLS_A_MINUTE}
"""The windows that the sandboxes size by calls a minute."""
MOST_WAITS = 100
_WAIT = "interval '1 s' * $2"


async def test_no_window_is_overrun_by_the_provider_s_own_count(played: Provider, database: Database) -> None:
    """The provider allows a few calls, and the installation sets its limit as low: eAccounting's answers tell none."""
    reader = await limited(played, database)
    run_id, waits = await reader.ask(reader.request(SyncMode.FULL, None)), 0
    await reader.perform(run_id)
    while (view := await reader.run(run_id)).run.state is RunState.DEFERRED and waits < MOST_WAITS:
        waits += 1
        assert view.run.failure is not None
        assert view.run.failure.code == "provider_busy"
        await pass_window(reader)
        await reader.perform(run_id)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert waits > 0
    calls = (await reader.stand.control("GET", "ledger"))["items"]
    assert [each["path"] for each in calls if each["status"] == 429] == []
    await reader.close()
    await reader.stand.http.aclose()


async def limited(played: Provider, database: Database) -> Reader:
    """Both clocks run: what the test itself takes passes in the ledger, so it has to pass at the provider."""
    stand = Stand(played, clock=system_clock, rate_limit_per_minute=CALLS_A_MINUTE)
    await stand.start()
    reader = Reader(database, stand)
    await reader.arrive()
    windows = [each for each in played.profile.windows if each.name in SIZED]
    await stand.pass_time(max(each.seconds for each in windows))  # what the test itself asked is over
    text = ",".join(f"{each.name}={SIZED[each.name]}/{each.seconds}" for each in windows)
    low = configured_windows([played.profile], {f"{played.profile.id.upper()}_LIMITS": text})
    reader.budget = PostgresBudget(
        database, scoped_windows(low, dict.fromkeys(low, int)), most=CALLS_A_MINUTE
    )
    return reader


async def pass_window(reader: Reader) -> None:
    """For the provider, and in the ledger as far back."""
    seconds = reader.stand.provider.profile.windows[0].seconds + 2
    await reader.stand.pass_time(seconds)
    async with reader.database.system() as connection:
        await connection.execute(
            f"update rate_window set until = array(select at - {_WAIT} from unnest(until) as e (at)), "
            f"left_until = left_until - {_WAIT}, ends_at = ends_at - {_WAIT}, "
            f"empty_until = empty_until - {_WAIT} where provider = $1",
            reader.provider_id,
            seconds,
        )
