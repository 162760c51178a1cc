"""What may follow what: the tables that the entities ask are the ones that their pages print."""

from pathlib import Path
from typing import Any

import pytest

from assignment_svc.domain.plan import PLAN_STATES
from connection_svc.domain.connection import CONNECTION_STATES, GRANT_STATES
from import_svc.domain.session import SESSION_STATES
from koppel.kernel.transitions import Transitions
from koppel.platform.replay.states import REPLAY_STATES
from sync_svc.domain.held_deletion import HELD_STATES
from sync_svc.domain.run import RUN_STATES

ROOT = Path(__file__).parents[3]
PRINTED = (
    ("services/assignment-svc/README.md", PLAN_STATES),
    ("services/connection-svc/README.md", CONNECTION_STATES),
    ("services/connection-svc/README.md", GRANT_STATES),
    ("services/import-svc/README.md", SESSION_STATES),
    ("services/sync-svc/README.md", HELD_STATES),
    ("services/sync-svc/README.md", RUN_STATES),
    ("docs/runbooks/replay.md", REPLAY_STATES),
)


def _row(states: Transitions[Any]) -> str:
    leading = [
        f"`{before}` → {', '.join(f'`{after}`' for after in follow)}" for before, follow in states if follow
    ]
    return f"| `{states.entity}` | {'; '.join(leading)} | {', '.join(f'`{each}`' for each, follow in states if not follow)} |"


@pytest.mark.parametrize(("page", "states"), PRINTED, ids=[states.entity for _, states in PRINTED])
def test_the_page_prints_the_table_of_states(page: str, states: Transitions[Any]) -> None:
    assert _row(states) in (ROOT / page).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("states", [states for _, states in PRINTED], ids=lambda states: states.entity)
def test_every_state_is_in_its_table_and_none_follows_itself(states: Transitions[Any]) -> None:
    named = {after for _, follow in states for after in follow}
    assert named <= set(states.table)
    assert not [before for before, follow in states.table.items() if before in follow]
