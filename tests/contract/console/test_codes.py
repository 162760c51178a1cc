"""What a login can end with, a sync can fail on or be paused for has words on the screens that show it."""

import re
from pathlib import Path

from koppel.providers import failures
from koppel.providers.failures import FailureKind
from koppel_console.pages.codes import CODES
from koppel_console.screens.operations.replays import STATES
from sync_svc.domain.pause_rules import RULES

ROOT = Path(__file__).parents[3]


def documented(service: str, where: str) -> set[str]:
    """The codes of a service's page that come that way."""
    lines = (ROOT / f"services/{service}/README.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.startswith("| `") and where in line.split("|")[2]]
    return {code for row in rows for code in re.findall(r"`([a-z_]+)`", row[1])}


def test_every_code_that_comes_to_the_return_url_has_words() -> None:
    codes = documented("connection-svc", "at the return URL")
    assert len(codes) > 10
    assert sorted(codes - CODES.keys()) == []


def test_every_code_that_a_sync_fails_on_has_words() -> None:
    kinds = {each.code for each in vars(failures).values() if isinstance(each, FailureKind)}
    codes = kinds | documented("sync-svc", "in `failure`")
    assert len(codes) > 40
    assert sorted(codes - CODES.keys()) == []


def test_every_cause_of_a_pause_has_words() -> None:
    assert sorted({cause for rule in RULES for cause in rule.causes} - CODES.keys()) == []


def test_a_replay_refuses_in_words_whatever_state_it_is_in() -> None:
    assert sorted({f"replay_{state}" for state in STATES} - CODES.keys()) == []
