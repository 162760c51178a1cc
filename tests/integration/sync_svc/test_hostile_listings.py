"""Whatever a provider answers, nothing is deleted that is still there."""

from pathlib import Path

import pytest

from .hostile import HOSTILE, Pages, Told
from .made_up import MadeUp
from .organisation import Organisation

PAGE = Path(__file__).parents[3] / "docs/reliability.md"


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_listing_deletes_nothing(organisation: Organisation, name: str) -> None:
    match HOSTILE[name]:
        case Pages() as case:
            case.fill(organisation.provider)
            await organisation.sync(resources=case.resources)
            organisation.provider.later(hours=1)
            case.spoil(organisation.provider)
            for _ in range(4):
                await organisation.sync(case.mode, case.resources)
                organisation.provider.later(hours=1)
        case Told() as told:
            organisation.gateway = books = MadeUp()
            told.fill(books)
            await organisation.sync(resources=told.resources)
            told.spoil(books)
            for _ in range(4):
                await organisation.sync(told.mode, told.resources)
    assert await organisation.events("RecordDeleted") == []
    assert len(await organisation.events("RecordChanged")) > 0


def test_the_page_of_reliability_lists_them() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    listed = [row[1].strip() for row in rows if len(row) == 4 and row[2].strip() == "0"]
    assert listed == list(HOSTILE)
