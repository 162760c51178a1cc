"""Tokens from connection-svc: kept while they last, asked again when refused, every refusal typed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import orjson
import pytest

from koppel.kernel.ids import new_id
from koppel.platform.access_tokens import AccessTokenClient
from koppel.ports.access_token import NoTokenNow, TokenRefused
from koppel.testing.trickling import Trickling

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ORGANISATION, GRANT = new_id(), new_id()


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class ConnectionSvc:
    """connection-svc: issues tokens that live an hour, or answers as told."""

    def __init__(self, clock: Clock, answer: Callable[[], httpx.Response] | None = None) -> None:
        self._clock = clock
        self._answer = answer
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/internal/v1/grants/{GRANT}/access-token"
        self.asked.append(orjson.loads(request.content))
        if self._answer is not None:
            return self._answer()
        until = self._clock.now() + timedelta(hours=1)
        return httpx.Response(
            200,
            json={
                "access_token": f"token-{len(self.asked)}",
                "expires_at": until.isoformat(),
                "api_base_url": "https://provider.test/v2",
            },
        )


def client(service: ConnectionSvc, clock: Clock) -> AccessTokenClient:
    http = httpx.AsyncClient(base_url="https://connection.test", transport=httpx.MockTransport(service))
    return AccessTokenClient(http, clock)


async def test_a_token_is_kept_until_shortly_before_it_expires() -> None:
    clock = Clock()
    service = ConnectionSvc(clock)
    tokens = client(service, clock)
    first = await tokens.issue(ORGANISATION, GRANT)
    clock.time += timedelta(minutes=58)
    assert await tokens.issue(ORGANISATION, GRANT) == first
    clock.time += timedelta(minutes=1, seconds=30)
    assert (await tokens.issue(ORGANISATION, GRANT)).access_token == "token-2"
    assert len(service.asked) == 2


async def test_an_answer_that_trickles_is_one_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run would keep its worker and its administration for as long as it goes on."""
    monkeypatch.setattr("koppel.platform.access_tokens._ANSWERED_WITHIN", 0.05)
    clock = Clock()
    trickling = ConnectionSvc(clock, lambda: httpx.Response(200, stream=Trickling()))
    with pytest.raises(NoTokenNow) as refused:
        await client(trickling, clock).issue(ORGANISATION, GRANT)
    assert refused.value.code == "connection_svc_unavailable"


async def test_a_refused_token_is_named_by_its_hash_only() -> None:
    clock = Clock()
    service = ConnectionSvc(clock)
    tokens = client(service, clock)
    first = await tokens.issue(ORGANISATION, GRANT)
    second = await tokens.issue(ORGANISATION, GRANT, rejected=first.access_token)
    assert second.access_token == "token-2"
    assert service.asked[1]["rejected_token_sha256"] == sha256(b"token-1").hexdigest()
    assert await tokens.issue(ORGANISATION, GRANT, rejected=first.access_token) == second
    assert "token-1" not in repr(first)


async def test_what_was_issued_to_one_organisation_is_not_found_by_another() -> None:
    clock = Clock()
    service = ConnectionSvc(clock)
    tokens = client(service, clock)
    other = new_id()
    first = await tokens.issue(ORGANISATION, GRANT)
    assert await tokens.issue(other, GRANT) != first
    assert [asked["organisation_id"] for asked in service.asked] == [str(ORGANISATION), str(other)]


@pytest.mark.parametrize(
    ("status", "code", "who"),
    [
        (409, "reauthorization_required", "customer"),
        (409, "connection_revoked", "customer"),
        (404, "grant_not_found", "us"),
        (403, "forbidden", "us"),
    ],
)
async def test_a_refusal_says_who_must_act(status: int, code: str, who: str) -> None:
    service = ConnectionSvc(Clock(), lambda: httpx.Response(status, json={"code": code}))
    with pytest.raises(TokenRefused) as refused:
        await client(service, Clock()).issue(ORGANISATION, GRANT)
    assert refused.value.failure.who_must_act == who
    assert refused.value.code == (code if code != "forbidden" else "token_refused")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, headers={"Retry-After": "3"}, json={"code": "provider_unavailable"}),
        httpx.Response(500, text="broken"),
        httpx.Response(200, text="garbage"),
        httpx.Response(429),
        httpx.Response(422, json={"code": "invalid_input"}),  # a connection-svc of another version
    ],
)
async def test_an_answer_that_may_be_better_later_is_transient(answer: httpx.Response) -> None:
    with pytest.raises(NoTokenNow) as away:
        await client(ConnectionSvc(Clock(), lambda: answer), Clock()).issue(ORGANISATION, GRANT)
    assert away.value.code in ("connection_svc_unavailable", "connection_svc_bad_answer")
    assert away.value.retry_after in (None, 3.0)
    assert away.value.told in ("", "provider_unavailable", "invalid_input")


async def test_what_the_provider_said_to_a_refresh_is_told_on() -> None:
    answer = httpx.Response(503, headers={"Retry-After": "600"}, json={"code": "client_invalid"})
    with pytest.raises(NoTokenNow) as away:
        await client(ConnectionSvc(Clock(), lambda: answer), Clock()).issue(ORGANISATION, GRANT)
    assert (away.value.told, away.value.retry_after) == ("client_invalid", 600.0)


async def test_a_service_that_cannot_be_reached_is_transient() -> None:
    def refuse() -> httpx.Response:
        raise httpx.ConnectError("no")

    with pytest.raises(NoTokenNow):
        await client(ConnectionSvc(Clock(), refuse), Clock()).issue(ORGANISATION, GRANT)
