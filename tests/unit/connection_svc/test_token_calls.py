"""Whose token calls are counted together, and when there is one again."""

from dataclasses import replace
from datetime import timedelta

from connection_svc.domain.connection import LoginIdentity
from connection_svc.domain.token_calls import caller_of, used_up
from koppel.providers.exact_online.profile import PROFILE

from .rotation_world import GRANT, NOW

[WINDOW] = [each for each in PROFILE.windows if each.kind == "token"]


def test_calls_of_one_login_are_counted_together_whatever_the_grant() -> None:
    login = LoginIdentity("host", "person", b"hash")
    assert caller_of(replace(GRANT, login=login)) == b"hash"


def test_a_grant_that_does_not_know_its_login_is_counted_alone() -> None:
    assert caller_of(GRANT) == GRANT.id.bytes
    assert caller_of(replace(GRANT, login=LoginIdentity("host", "person"))) == GRANT.id.bytes


def test_there_is_one_again_when_the_oldest_leaves_the_window() -> None:
    refused = used_up(WINDOW, NOW - timedelta(hours=23), NOW)
    assert (refused.code, refused.retry_after) == ("token_calls_used_up", 3600)
