"""What is promised of keys and their notices, made wrong in one known way each; the test that holds it must say so.

docs/reliability.md names them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connection_svc.adapters.login_fingerprints import LoginFingerprints
from connection_svc.adapters.postgres.key_notices import PostgresKeyNotices
from connection_svc.application import check_notice, finish_activation
from koppel.kernel.retry import RetryPolicy

from . import test_activation_return, test_key_notices, test_replaced_keys
from .keys import Activation, Keys

ROOT = Path(__file__).parents[3]
Patch = pytest.MonkeyPatch
FAILS = (AssertionError, pytest.fail.Exception)


def _always(answer: bool) -> Callable[..., Any]:
    async def always(*_: object) -> bool:
        return answer

    return always


def _every_reference_is_ours(patch: Patch) -> None:
    patch.setattr(LoginFingerprints, "is_signed", _always(True))


def _no_notice_is_the_same(patch: Patch) -> None:
    told = iter(range(1000))

    async def of_notice(*_: object) -> bytes:
        return next(told).to_bytes(4)

    patch.setattr(LoginFingerprints, "of_notice", of_notice)


def _one_attempt(patch: Patch) -> None:
    patch.setattr(check_notice, "ATTEMPTS", RetryPolicy(attempts=1))


def _every_company_is_the_same(patch: Patch) -> None:
    async def renewed(tx: Any, connection: Any, pasted: Any, brought: Any) -> Any:
        return await tx.grants.lock(pasted.grant_id) if pasted.grant_id else None

    patch.setattr(check_notice, "renewed_grant", renewed)


def _the_last_one_to_arrive_wins(patch: Patch) -> None:
    patch.setattr(PostgresKeyNotices, "is_latest", _always(True))


def _every_browser_is_the_same(patch: Patch) -> None:
    patch.setattr(finish_activation, "same_browser", lambda *_: True)


def _a_deleted_key_is_believed_gone_at_the_first_look(patch: Patch) -> None:
    patch.setattr(check_notice, "_STILL_TAKEN", check_notice.FOLLOWED)


@dataclass(frozen=True)
class Bug:
    """`plant` makes the code wrong; `killed_by` holds the promise."""

    name: str
    plant: Callable[[Patch], None]
    killed_by: Callable[[Activation, Keys, Any, Patch], Awaitable[None]]


def _of(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """With what it asks for, of what all of them have."""
    names = test.__code__.co_varnames[: test.__code__.co_argcount]

    def play(activation: Activation, keys: Keys, organisation: Any, patch: Patch) -> Awaitable[None]:
        given = {
            "activation": activation, "keys": keys, "organisation": organisation, "monkeypatch": patch,
        }  # fmt: skip
        return test(**{name: given[name] for name in names})

    return play


BUGS = (
    Bug(
        "every reference of a notice is looked up",
        _every_reference_is_ours,
        _of(test_key_notices.test_a_thousand_made_up_references_cost_no_look_into_the_database_and_no_call),
    ),
    Bug(
        "a notice that is told again is another",
        _no_notice_is_the_same,
        _of(test_key_notices.test_a_notice_that_is_told_again_does_nothing_in_whatever_process),
    ),
    Bug(
        "a notice is given up while its provider is away",
        _one_attempt,
        _of(test_key_notices.test_a_notice_that_comes_while_the_provider_is_away_is_checked_later),
    ),
    Bug(
        "a new key of another company is taken",
        _every_company_is_the_same,
        _of(
            test_replaced_keys.test_a_replaced_key_that_opens_another_company_changes_nothing_and_leaves_a_trace
        ),
    ),
    Bug(
        "an older key takes the place of a newer one",
        _the_last_one_to_arrive_wins,
        _of(test_replaced_keys.test_of_two_replaced_keys_the_one_that_was_told_last_stays),
    ),
    Bug(
        "a key made in another browser is kept",
        _every_browser_is_the_same,
        _of(test_activation_return.test_a_browser_that_did_not_begin_it_is_refused_and_the_key_is_given_up),
    ),
    Bug(
        "a deleted key is tried once",
        _a_deleted_key_is_believed_gone_at_the_first_look,
        _of(test_key_notices.test_a_provider_that_does_not_know_yet_of_its_own_notice_is_asked_again),
    ),
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_the_seeded_bug_is_noticed(
    activation: Activation, keys: Keys, organisation: Any, bug: Bug, monkeypatch: Patch
) -> None:
    bug.plant(monkeypatch)
    with pytest.raises(FAILS):
        await bug.killed_by(activation, keys, organisation, monkeypatch)


def test_the_page_of_reliability_names_each() -> None:
    text = " ".join((ROOT / "docs/reliability.md").read_text(encoding="utf-8").split())
    assert not [bug.name for bug in BUGS if f"*{bug.name}*" not in text]
