"""A refresh that is killed, or whose database goes away, at each of its awaits: no token is lost in silence."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.refreshes.points import disturbed, needed
from tests.chaos.refreshes.provider import OneUseProvider
from tests.chaos.refreshes.told import Told
from tests.chaos.refreshes.world import World

_SAMPLED = 15
_FEWEST = 60
"""Awaits that an undisturbed refresh must have; fewer means that the rig has gone blind."""


@pytest.fixture
async def refreshes(opened_world: Callable[..., Any]) -> AsyncIterator[World]:
    async with opened_world(OneUseProvider()) as opened:
        yield opened


async def test_a_refresh_killed_at_any_await_is_whole_or_told(
    refreshes: World, tmp_path: Path, told: Told
) -> None:
    points = await refreshes.points(tmp_path / "points")
    assert len(points) >= _FEWEST, points
    numbers = disturbed(points, _SAMPLED)
    grants = await refreshes.grants(len(numbers))
    await refreshes.run(grants, "kill_at", numbers)
    await refreshes.swept()
    became = await refreshes.became(grants)
    lost = {number for number, each in zip(numbers, became, strict=True) if not each.usable}
    detected = {number for number, each in zip(numbers, became, strict=True) if each.detected}
    told.says("kill -9", f"{len(numbers)} of {len(points)}", len(lost), len(detected))
    assert lost == detected, [points[number - 1] for number in lost ^ detected]
    assert lost <= set(needed(points)), [points[number - 1] for number in lost - set(needed(points))]
    assert not [each for each in became if each.usable and each.strays]


async def test_a_refresh_whose_database_goes_away_at_any_await_loses_nothing(
    refreshes: World, tmp_path: Path, told: Told
) -> None:
    points = await refreshes.points(tmp_path / "points")
    numbers = disturbed(points, _SAMPLED)
    grants = await refreshes.grants(len(numbers))
    await refreshes.run(grants, "away_at", numbers)
    await refreshes.swept()
    became = await refreshes.became(grants)
    lost = [points[number - 1] for number, each in zip(numbers, became, strict=True) if not each.usable]
    detected = sum(each.detected for each in became)
    told.says("database away", f"{len(numbers)} of {len(points)}", len(lost), detected)
    assert not lost
    assert not sum(each.strays for each in became)


@pytest.mark.parametrize(
    ("mistake", "kind"),
    [
        ("gives up on the database", "away_at"),
        ("stops without waiting", "away_at"),
        ("calls without an intent", "kill_at"),
    ],
)
async def test_a_refresh_that_does_it_wrong_is_noticed(
    refreshes: World, tmp_path: Path, mistake: str, kind: str
) -> None:
    numbers = needed(await refreshes.points(tmp_path / "points"))
    grants = await refreshes.grants(len(numbers))
    await refreshes.run(grants, kind, numbers, mistake=mistake)
    await refreshes.swept()
    became = await refreshes.became(grants)
    lost = [each for each in became if not each.usable]
    assert lost if kind == "away_at" else [each for each in lost if not each.detected]


async def test_a_sweep_is_needed(refreshes: World, tmp_path: Path) -> None:
    numbers = needed(await refreshes.points(tmp_path / "points"))
    grants = await refreshes.grants(len(numbers))
    await refreshes.run(grants, "kill_at", numbers)
    assert [each for each in await refreshes.became(grants) if not each.usable and not each.detected]
