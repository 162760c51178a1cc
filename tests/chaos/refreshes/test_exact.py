"""A refresh at Exact: no token is lost in silence, nothing is asked too early, and a login is lost only where Exact took
the token and its answer went with the process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.refreshes.exact import Exact
from tests.chaos.refreshes.points import disturbed, needed
from tests.chaos.refreshes.told import Told

_SAMPLED = 4
_HOUR = 3600


async def test_a_refresh_killed_at_any_await_is_lost_only_with_the_answer(
    opened_world: Callable[..., Any], tmp_path: Path, told: Told
) -> None:
    exact = Exact()
    async with opened_world(exact) as refreshes:
        points = await refreshes.points(tmp_path / "points")
        numbers = disturbed(points, _SAMPLED)
        grants = await refreshes.grants(len(numbers))
        await refreshes.run(grants, "kill_at", numbers)
        await refreshes.swept()
        became = await refreshes.became(grants)
    lost = {number for number, each in zip(numbers, became, strict=True) if not each.usable}
    detected = {number for number, each in zip(numbers, became, strict=True) if each.detected}
    told.says("kill -9, Exact", f"{len(numbers)} of {len(points)}", len(lost), len(detected))
    assert lost == detected, [points[number - 1] for number in lost ^ detected]
    assert lost <= set(needed(points)), [points[number - 1] for number in lost - set(needed(points))]
    assert exact.violations == {
        "used_refresh_token": len(lost)
    }  # each was asked for once more, when it was time


async def test_where_a_used_token_works_again_a_killed_refresh_loses_nothing(
    opened_world: Callable[..., Any], tmp_path: Path, told: Told
) -> None:
    exact = Exact(patience=_HOUR)
    async with opened_world(exact) as refreshes:
        points = await refreshes.points(tmp_path / "points")
        numbers = disturbed(points, 0)
        grants = await refreshes.grants(len(numbers))
        await refreshes.run(grants, "kill_at", numbers)
        await refreshes.swept()
        became = await refreshes.became(grants)
    lost = [points[number - 1] for number, each in zip(numbers, became, strict=True) if not each.usable]
    told.says("kill -9, Exact if a used token works again", f"{len(numbers)} of {len(points)}", len(lost), 0)
    assert (lost, exact.violations) == ([], {})


async def test_a_refresh_whose_database_goes_away_loses_nothing(
    opened_world: Callable[..., Any], tmp_path: Path, told: Told
) -> None:
    exact = Exact()
    async with opened_world(exact) as refreshes:
        points = await refreshes.points(tmp_path / "points")
        numbers = disturbed(points, 0)
        grants = await refreshes.grants(len(numbers))
        await refreshes.run(grants, "away_at", numbers)
        await refreshes.swept()
        became = await refreshes.became(grants)
    lost = [points[number - 1] for number, each in zip(numbers, became, strict=True) if not each.usable]
    told.says("database away, Exact", f"{len(numbers)} of {len(points)}", len(lost), 0)
    assert (lost, exact.violations) == ([], {})
