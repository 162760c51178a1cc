"""Names in code are the words of docs/architecture.md: one word for one thing, and none of those that were given up."""

import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GIVEN_UP = {
    "strand": "partition group",
    "lane": "replay topic; of a run its priority",
    "rehearsal": "dry run",
    "trial": "dry run",
    "harvest": "discovery result",
    "strike": "missing mark",
    "brake": "delete guard",
    "hasten": "reschedule now",
    "fruitless": "without progress",
    "surroundings": "environment",
    "lend": "issue a token",
    "lent": "issue a token",
    "loan": "issue a token",
    "borrow": "issue a token",
    "office": "organisation",
    "beheerders": "administrators",
    "kept_back": "backoff",
    "side_by_side": "concurrently",
    "backbone_watch": "maintenance",
    "package_time": "the provider's time",
}
"""What is said instead."""
KEPT = {"BORROW", "lane_unavailable", "rehearsal", "rehearsal_at", "rehearsal_sent"}
"""Names of what has its name outside the code: an operation id, an error code, columns and a phase on the wire."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_LOWER, _CAPITAL = "|".join(GIVEN_UP), "|".join(word.capitalize() for word in GIVEN_UP)
_ANY = re.compile(rf"(?<![a-z])(?:{_LOWER})|{_CAPITAL}|{_LOWER.upper()}")


def words_of(name: str) -> set[str]:
    """`OneWord` and `one_word` alike; a plural is its singular, too."""
    parts = [part.lower() for part in _WORD.findall(name)]
    together = {word for word in GIVEN_UP if "_" in word and word in "_".join(parts)}
    return {*parts, *(part.removesuffix("s") for part in parts), *together}


@cache
def names() -> dict[str, str]:
    """The names in files that hold such a word at all, and one file that has each. Tests are sentences, not names."""
    found: dict[str, str] = {}
    for folder in ("shared", "services", "deploy", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            text, place = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
            found.setdefault(path.stem, place)
            if _ANY.search(text):
                tokens = tokenize.generate_tokens(io.StringIO(text).readline)
                found.update(
                    {
                        token.string: place
                        for token in tokens
                        if token.type == tokenize.NAME and not token.string.startswith("test_")
                    }
                )
    return found


@pytest.mark.parametrize("word", GIVEN_UP)
def test_no_name_has_a_word_that_was_given_up(word: str) -> None:
    having = {name: path for name, path in names().items() if name not in KEPT and word in words_of(name)}
    assert not having, f"say {GIVEN_UP[word]}"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("OneOffice", "office"),
        ("replay_lanes", "lane"),
        ("STRANDS", "strand"),
        ("work_side_by_side", "side_by_side"),
    ],
)
def test_a_word_is_found_in_every_spelling(name: str, word: str) -> None:
    assert word in words_of(name)


@pytest.mark.parametrize(("name", "word"), [("plane", "lane"), ("official", "office"), ("talented", "lent")])
def test_a_part_of_a_word_is_not_the_word(name: str, word: str) -> None:
    assert word not in words_of(name)


def test_what_is_kept_exists() -> None:
    assert names().keys() >= KEPT
