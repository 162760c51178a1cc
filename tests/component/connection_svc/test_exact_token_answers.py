"""What each of Exact's token answers does to a grant: who has to act, and when the next call is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from .exact import Exact, grant_at, later

HTML = "<html><body>Bad gateway</body></html>"


@dataclass(frozen=True)
class Refusal:
    """An answer, the code of who asked for a token then, and what the connection's health says."""

    status: int
    body: Any
    code: str
    health: str
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> httpx.Response:
        if isinstance(self.body, str):
            return httpx.Response(self.status, html=self.body, headers=self.headers)
        return httpx.Response(self.status, json=self.body, headers=self.headers)


def said(error: str, description: str | None = None) -> dict[str, str]:
    return {"error": error} | ({"error_description": description} if description else {})


EARLY = "Rate limit exceeded: access_token not expired"
DEAD = ("reauthorization_required", "action_needed", "grant_invalid")
REFUSALS = {
    "too early": Refusal(400, said("access_denied", EARLY), "refresh_too_early", "healthy"),
    "too early, by its header alone": Refusal(
        400, HTML, "refresh_too_early", "healthy", headers=(("Reason", "TooEarlyToRefreshTokens"),)
    ),
    "used twice": Refusal(401, said("unauthorized_client", "Old refresh token used."), *DEAD),
    "expired": Refusal(400, said("invalid_request", "The refresh token expired at 1-1-2026 10:00:00"), *DEAD),
    "chain broken": Refusal(
        400, said("invalid_grant", "Token is not allowed, because of invalid or empty chainId"), *DEAD
    ),
    "not valid": Refusal(400, said("invalid_grant"), *DEAD),
    "our client": Refusal(401, said("invalid_client"), "client_invalid", "action_needed", "client_invalid"),
    "our client may not": Refusal(
        401,
        said("unauthorized_client", "Not registered."),
        "client_invalid",
        "action_needed",
        "client_invalid",
    ),
    "our request": Refusal(
        400, said("invalid_request", "No redirect."), "request_refused", "action_needed", "request_refused"
    ),
    "denied without a word": Refusal(
        400, said("access_denied", "Forbidden"), "request_refused", "action_needed", "request_refused"
    ),
    "a page instead of a refusal": Refusal(403, HTML, "provider_unavailable", "healthy"),
    "a page that asks who we are": Refusal(401, HTML, "provider_unavailable", "healthy"),
    "an error that is no text": Refusal(400, {"error": 7}, "provider_unavailable", "healthy"),
    "the day's calls used up": Refusal(
        429, said("access_denied", "Rate limit exceeded"), "rate_limited", "healthy"
    ),
    "429 without a word": Refusal(429, HTML, "rate_limited", "healthy"),
    "away": Refusal(503, HTML, "provider_unavailable", "healthy"),
    "broken": Refusal(500, said("server_error"), "provider_unavailable", "healthy"),
}


@pytest.fixture
async def organisation(opened_at_exact: Callable[..., Any]) -> Any:
    return await opened_at_exact()


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_does_to_the_grant_what_it_means(exact: Exact, organisation: Any, name: str) -> None:
    refusal = REFUSALS[name]
    connection_id, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [refusal.response()]
    answer = await organisation.issue_token(grant_id)
    assert answer.json()["code"] == refusal.code
    assert answer.status_code == (409 if refusal.code == "reauthorization_required" else 503)
    health = (await organisation.get(connection_id))["health"]
    assert (health["status"], health.get("reason")) == (refusal.health, refusal.reason)
    acts = {"grant_invalid": "customer", None: None}.get(refusal.reason, "us")
    assert health.get("who_must_act") == acts


@pytest.mark.parametrize("name", REFUSALS)
async def test_no_refusal_is_answered_with_another_call_at_once(
    exact: Exact, organisation: Any, name: str
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [REFUSALS[name].response()]
    for _ in range(4):
        await organisation.issue_token(grant_id)
    assert exact.token_calls == 2


@pytest.mark.parametrize(
    "name",
    [name for name in REFUSALS if REFUSALS[name].reason is None],
)
async def test_what_is_no_death_leaves_a_grant_that_works_again(
    exact: Exact, organisation: Any, name: str
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [REFUSALS[name].response()]
    await organisation.issue_token(grant_id)
    await later(exact, organisation, 900)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert await exact.violations() == {}


@pytest.mark.parametrize(
    "name", [name for name in REFUSALS if REFUSALS[name].reason in ("client_invalid", "request_refused")]
)
async def test_what_is_our_fault_is_not_asked_again(exact: Exact, organisation: Any, name: str) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [REFUSALS[name].response()]
    for _ in range(3):
        assert (await organisation.issue_token(grant_id)).status_code == 503
        await later(exact, organisation, 900)
    assert exact.token_calls == 2


def tokens(**changes: object) -> dict[str, object]:
    given = {"access_token": "new", "token_type": "Bearer", "expires_in": "600", "refresh_token": "next"}
    return {name: value for name, value in (given | changes).items() if value is not ...}


@pytest.mark.parametrize(
    ("expires_in", "lives"),
    [
        ("600", 600),
        (600, 600),
        ("30", 30),
        (..., 600),
        (None, 600),
        ("-5", 600),
        (-5, 600),
        ("", 600),
        ("600.5", 600),
        (600.5, 600),
        (True, 600),
        ("６００", 600),
        ("9" * 12, 600),
        (10**30, 600),
        ([600], 600),
    ],
)
async def test_how_long_a_token_lives_is_read_from_text_too_and_else_from_the_profile(
    exact: Exact, organisation: Any, expires_in: object, lives: int
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [httpx.Response(200, json=tokens(expires_in=expires_in))]
    assert (await organisation.issue_token(grant_id)).json()["access_token"] == "new"
    [row] = await organisation.rows(
        "select extract(epoch from token_expires_at - token_issued_at)::int as lives"
        " from connection_grant where id = $1::uuid",
        grant_id,
    )
    assert row["lives"] == lives


async def test_a_token_that_says_it_lives_for_ages_is_replaced_when_it_is_refused(
    exact: Exact, organisation: Any
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [httpx.Response(200, json=tokens(expires_in="9" * 11))] * 2
    first = await organisation.issue_token(grant_id)
    assert first.status_code == 200
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).json()["access_token"] == "new"
    assert exact.token_calls == 2


@pytest.mark.parametrize(
    "body",
    [HTML, "", "null", "[]", '{"access_token": 7}', '{"access_token": "a\\nb", "refresh_token": ""}'],
    ids=["HTML", "nothing", "null", "a list", "a number", "a line break"],
)
async def test_an_answer_that_says_no_tokens_counts_as_lost(
    exact: Exact, organisation: Any, body: str
) -> None:
    connection_id, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    exact.answers = [httpx.Response(200, text=body)]
    assert (await organisation.issue_token(grant_id)).json()["code"] == "provider_bad_answer"
    await later(exact, organisation, 570)
    assert (await organisation.issue_token(grant_id)).json()["code"] == "refresh_paused"
    assert exact.token_calls == 2
    await later(exact, organisation, 10)
    assert (await organisation.issue_token(grant_id)).status_code == 200  # Exact had done nothing
    assert (await organisation.get(connection_id))["health"]["status"] == "healthy"
