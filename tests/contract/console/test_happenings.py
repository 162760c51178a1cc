"""Every event that an administration's story can hold has its words."""

from koppel.contracts.registry import EVENTS
from koppel_console.pages.happenings import HAPPENINGS

OF_THE_PLATFORM = {"GapFound", "ReplayReported"}


def test_every_event_has_its_words() -> None:
    assert {model.__name__ for model in EVENTS} - OF_THE_PLATFORM == set(HAPPENINGS)
