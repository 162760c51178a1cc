"""What may follow what: the tables that the README prints, as data that a changed line does not change too."""

from sync_svc.domain.held_deletion import HELD_STATES
from sync_svc.domain.run import RUN_STATES


def test_the_states_of_sync_run_follow_each_other_like_this() -> None:
    assert RUN_STATES.entity == "sync_run"
    assert {before.value: {after.value for after in follow} for before, follow in RUN_STATES} == {
        "queued": {"running", "finished"},
        "running": {"deferred", "finished"},
        "deferred": {"running", "finished"},
        "finished": set(),
    }


def test_the_states_of_a_held_deletion_follow_each_other_like_this() -> None:
    assert HELD_STATES.entity == "held_deletion"
    assert {before.value: {after.value for after in follow} for before, follow in HELD_STATES} == {
        "open": {"released", "rejected"},
        "released": set(),
        "rejected": set(),
    }
