"""What may follow what: the tables that the README prints, as data that a changed line does not change too."""

from import_svc.domain.session import SESSION_STATES


def test_the_states_of_import_session_follow_each_other_like_this() -> None:
    assert SESSION_STATES.entity == "import_session"
    assert {before.value: {after.value for after in follow} for before, follow in SESSION_STATES} == {
        "discovering": {"selecting", "failed", "expired"},
        "selecting": {"imported", "failed", "expired"},
        "imported": set(),
        "failed": set(),
        "expired": set(),
    }
