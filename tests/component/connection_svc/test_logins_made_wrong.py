"""Rules of logins, each broken on purpose: what would follow is seen by who looks at all organisations and at the provider."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any
from unittest.mock import patch

import pytest

from connection_svc.adapters.login_fingerprints import LoginFingerprints
from connection_svc.adapters.postgres.revocations import PostgresRevocations
from connection_svc.application import complete_login, store_grant
from connection_svc.application.revoke_at_provider import revoke_due
from koppel.kernel.ids import new_id

from .persons import Person, serve


class Killed(BaseException):
    """The process ends here."""


async def twice_in_two_organisations(organisation: Any, elsewhere: Any) -> set[str]:
    """The same person logs in at both; what is amiss."""
    await organisation.grant()
    await elsewhere.finish(await elsewhere.connect())
    rows = await organisation.rows(
        "select from connection_grant where state = 'active' and organisation_id = any($1::uuid[])",
        [organisation.organisation_id, elsewhere.organisation_id],
    )
    return {"two grants live by one login"} if len(rows) != 1 else set()


async def killed_before_it_is_stored(organisation: Any, elsewhere: Any) -> set[str]:
    """A login whose process ends when the provider has given its tokens; two minutes later the jobs run."""

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    del elsewhere
    started = await organisation.connect()
    with (
        patch.object(complete_login, "store_grant", killed),
        patch.object(complete_login, "withdraw_directly", killed),
        suppress(BaseException),
    ):
        await organisation.finish(started)
    organisation.clock.move(minutes=3)
    await revoke_due(organisation.use_cases.ports)
    left = set(organisation.provider.known_refresh_tokens) - set(organisation.provider.revoked)
    return {"tokens live on unknown to us"} if left else set()


async def renewed_with_less(organisation: Any, elsewhere: Any) -> set[str]:
    """A login for a grant leaves out what the grant serves."""
    del elsewhere
    connection_id, grant_id = await organisation.grant()
    await serve(organisation, grant_id, "1")
    back = await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    return {"an administration lost its login in silence"} if back["outcome"] == "authorized" else set()


async def refused_elsewhere(organisation: Any, elsewhere: Any) -> set[str]:
    """The tokens of a refused login go to the grant that has it; minutes later the jobs run."""
    await organisation.grant()
    await elsewhere.finish(await elsewhere.connect())
    organisation.clock.move(minutes=3)
    await revoke_due(organisation.use_cases.ports)
    lived_by = organisation.provider.known_refresh_tokens[-1]
    return {"tokens in use were withdrawn"} if lived_by in organisation.provider.revoked else set()


@contextmanager
def _hashes_differ_by_organisation() -> Iterator[None]:
    async def of(*_: object) -> bytes:
        return new_id().bytes

    with patch.object(LoginFingerprints, "of", of):
        yield


@contextmanager
def _tokens_are_not_on_the_list_from_the_start() -> Iterator[None]:
    async def insert(*_: object, **__: object) -> None:
        """Only what is refused is listed, later."""

    with patch.object(PostgresRevocations, "insert", insert):
        yield


@contextmanager
def _what_is_not_reached_is_not_looked_at() -> Iterator[None]:
    with patch.object(store_grant, "not_reached", lambda *_: ()):
        yield


@contextmanager
def _given_tokens_stay_on_the_list() -> Iterator[None]:
    async def take_back(*_: object) -> bool:
        return True

    with patch.object(PostgresRevocations, "take_back", take_back):
        yield


Journey = Callable[[Any, Any], Any]
RULES: dict[str, tuple[Journey, Callable[[], AbstractContextManager[None]]]] = {
    "one login a person over all organisations": (twice_in_two_organisations, _hashes_differ_by_organisation),
    "no tokens of a killed login": (killed_before_it_is_stored, _tokens_are_not_on_the_list_from_the_start),
    "a renewal reaches what its grant serves": (renewed_with_less, _what_is_not_reached_is_not_looked_at),
    "tokens that a grant got live on": (refused_elsewhere, _given_tokens_stay_on_the_list),
}


@pytest.mark.parametrize("rule", RULES)
async def test_the_rule_holds(organisation: Any, elsewhere: Any, person: Person, rule: str) -> None:
    play, _ = RULES[rule]
    assert await play(organisation, elsewhere) == set()


@pytest.mark.parametrize("rule", RULES)
async def test_the_seeded_bug_is_noticed(
    organisation: Any, elsewhere: Any, person: Person, rule: str
) -> None:
    play, seeded = RULES[rule]
    with seeded():
        assert await play(organisation, elsewhere) != set()
