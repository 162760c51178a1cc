"""What every provider's profile promises of logins, kept by connection-svc as a whole."""

from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from tests.unit.conformance.stand import Stand

from koppel.providers.port import Provider
from koppel.providers.profile import GrantCovers, Rotation
from koppel.testing.databases import ServiceDatabase

from .connecting import Connecting


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "connection", "connection_svc"


_SEEDS = count(1)
"""Other persons each time: a provider may keep one login a person, over all organisations."""


@pytest.fixture
async def connecting(played: Provider, schema: ServiceDatabase, tmp_path: Path) -> AsyncIterator[Connecting]:
    stand = Stand(played, seed=next(_SEEDS))
    await stand.start()
    made = await Connecting(stand, schema, tmp_path).open()
    yield made
    await made.close()
    await stand.http.aclose()


async def test_no_refresh_is_asked_before_the_profile_allows_it(connecting: Connecting) -> None:
    _, grant_id = await connecting.connect()
    for _ in range(30):
        await connecting.pass_time(113)
        answer = await connecting.issue_token(grant_id)
        if answer.status_code == 200:
            token = answer.json()["access_token"]
            refused = sha256(token.encode()).hexdigest()
            await connecting.issue_token(grant_id, rejected_token_sha256=refused)
    assert (await connecting.issue_token(grant_id)).status_code in (200, 503)
    told = await connecting.stand.control("GET", "ledger")
    assert told["violations"] == {}
    assert set(await connecting.token_calls()) == {200}


async def test_a_lost_token_answer_ends_as_the_profile_says(connecting: Connecting) -> None:
    timing = connecting.stand.provider.profile.timing
    connection_id, grant_id = await connecting.connect()
    first = (await connecting.issue_token(grant_id)).json()["access_token"]
    refused = sha256(first.encode()).hexdigest()
    await connecting.pass_time(max(timing.refresh_not_before.total_seconds(), 120))
    connecting.wire.loses = True
    assert (await connecting.issue_token(grant_id, rejected_token_sha256=refused)).status_code in (200, 503)
    connecting.wire.loses = False
    await connecting.pass_time(max(timing.refresh_not_before.total_seconds(), 120) + 5)
    answer = await connecting.issue_token(grant_id, rejected_token_sha256=refused)
    shown = await connecting.connection(connection_id)
    if answer.status_code == 200:
        assert answer.json()["access_token"] != first
        assert shown["state"] == "active"
    else:
        assert (answer.status_code, timing.rotation) == (409, Rotation.SINGLE_USE)
        assert (shown["state"], shown["health"]["reason"]) == ("reauthorization_required", "rotation_lost")
    violations = (await connecting.stand.control("GET", "ledger"))["violations"]
    assert violations.keys() <= {"used_refresh_token"}  # which one try shows, and only a try can


async def test_a_login_that_does_not_reach_what_the_grant_serves_is_refused(connecting: Connecting) -> None:
    profile = connecting.stand.provider.profile
    told = await connecting.stand.control("GET", "settings")
    connection_id, grant_id = await connecting.connect(0)
    before = (await connecting.connection(connection_id))["grants"]
    hidden = _not_reached_by(told, "anna")
    await connecting.serve(grant_id, hidden)
    code = await connecting.connect_again(connection_id, grant_id, 1, "anna")
    if profile.grant_covers is GrantCovers.ONE_ADMINISTRATION:
        assert code == "company_mismatch"
    else:
        assert code in ("login_mismatch", "administrations_missing")
    after = (await connecting.connection(connection_id))["grants"]
    assert [(each["id"], each["state"], each["login"]) for each in after] == [
        (each["id"], each["state"], each["login"]) for each in before
    ]
    assert (await connecting.issue_token(grant_id)).status_code == 200


def _not_reached_by(told: dict[str, list[dict[str, str]]], username: str) -> str:
    (reached,) = [each["company_ids"] for each in told["users"] if each["username"] == username]
    return next(each["id"] for each in told["companies"] if each["id"] not in reached)
