"""What may follow what: the tables that the README prints, as data that a changed line does not change too."""

import pytest

from connection_svc.domain.connection import CONNECTION_STATES, GRANT_STATES, Grant, GrantState
from koppel.kernel.errors import IllegalTransition
from koppel.kernel.ids import new_id


def test_the_states_of_connection_follow_each_other_like_this() -> None:
    assert CONNECTION_STATES.entity == "connection"
    assert {before.value: {after.value for after in follow} for before, follow in CONNECTION_STATES} == {
        "pending": {"active", "reauthorization_required", "revoked", "deleted"},
        "active": {"reauthorization_required", "revoked", "deleted"},
        "reauthorization_required": {"active", "revoked", "deleted"},
        "revoked": {"active", "deleted"},
        "deleted": set(),
    }


def test_the_states_of_grant_follow_each_other_like_this() -> None:
    assert GRANT_STATES.entity == "grant"
    assert {before.value: {after.value for after in follow} for before, follow in GRANT_STATES} == {
        "active": {"reauthorization_required", "revoked"},
        "reauthorization_required": {"active", "revoked"},
        "revoked": set(),
    }


def test_a_revoked_grant_goes_nowhere_and_one_that_stays_is_let_be() -> None:
    one = new_id()
    grant = Grant.__new__(Grant)
    object.__setattr__(grant, "id", one)
    object.__setattr__(grant, "state", GrantState.REVOKED)
    assert grant.moved(GrantState.REVOKED) is GrantState.REVOKED
    with pytest.raises(IllegalTransition) as refused:
        grant.moved(GrantState.ACTIVE)
    assert refused.value.code == "connection_revoked"
