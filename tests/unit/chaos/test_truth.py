"""What the topics of a stack say, in streams of a few events."""

import pytest
from tests.chaos.rig.evidence import Seen
from tests.chaos.roles.truth import on_the_topics

KEPT = {"events lost": 0, "ghosts": 0, "events published twice": 0, "events turned round": 0}


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        pytest.param([1, 2, 3], {}, id="each once and in order"),
        pytest.param([1, 2, 1, 2, 3], {"events published twice": 2}, id="a batch that came again"),
        pytest.param([1, 2, 3, 2], {"events published twice": 1}, id="one that came again later"),
        pytest.param([1, 3, 2], {"events turned round": 1}, id="one before its predecessor"),
        pytest.param(
            [1, 3, 2, 3],
            {"events turned round": 1, "events published twice": 1},
            id="one before its predecessor and behind it again",
        ),
        pytest.param([1, 3], {"events lost": 1}, id="one that is missing"),
        pytest.param([1, 2, 3, 4], {"ghosts": 1}, id="one that nobody logged"),
    ],
)
def test_what_came_again_is_not_taken_for_turned_round(versions: list[int], found: dict[str, int]) -> None:
    seen = [Seen("t", 0, offset, "k", version, f"event {version}") for offset, version in enumerate(versions)]
    logged = {f"event {version}" for version in (1, 2, 3)}
    assert on_the_topics(seen, logged, logged) == KEPT | found
