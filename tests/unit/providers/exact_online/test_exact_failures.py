"""What Exact's refusals mean, of the API and of the token endpoint."""

import httpx
import orjson
import pytest

from koppel.kernel.errors import Permanent, Transient
from koppel.providers.calls import Answer
from koppel.providers.exact_online.answers import failure_of
from koppel.providers.exact_online.token_answers import REFUSALS
from koppel.providers.reading import Usage
from koppel.providers.token_refusals import refusal_of

DATE = "Sun, 29 Nov 2026 12:00:15 GMT"
NOW_MS = 1_795_953_615_000
CANARY = "canary of the provider"


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers({"Date": DATE} | named), body)


def said(text: str) -> bytes:
    return orjson.dumps({"error": {"code": "", "message": {"lang": "", "value": f"{text} {CANARY}"}}})


@pytest.mark.parametrize(
    ("refused", "code", "who"),
    [
        (answer(401), "provider_unauthorized", "customer"),
        (answer(403), "permission_denied", "customer"),
        (answer(403, Reason="BlockedUser"), "login_blocked", "customer"),
        (answer(403, Reason="inactiveuser "), "login_blocked", "customer"),
        (answer(403, Reason="BlockedCustomer"), "licence_expired", "customer"),
        (answer(403, Reason="LicenseExpired"), "licence_expired", "customer"),
        (answer(403, Reason="DivisionBlocked"), "company_blocked", "customer"),
        (answer(403, Reason="NoDivisionAccess"), "no_company_access", "customer"),
        (answer(403, Reason="DivisionBlocked: being restored"), "company_blocked", "customer"),
        (answer(403, b"Forbidden - Application Scope Violated. Cannot read"), "rights_not_registered", "us"),
        (answer(403, b'{"error": "Forbidden - User division is not within division scope"}'), "company_not_in_consent", "customer"),
        (answer(403, Reason="SomethingNew"), "permission_denied", "customer"),
        (answer(403, said("Forbidden - Application Scope Violated. Cannot read")), "rights_not_registered", "us"),
        (answer(403, said("Forbidden - User division is not within division scope")), "company_not_in_consent", "customer"),
        (answer(403, Reason="Forbidden - User division is not within division scope"), "company_not_in_consent", "customer"),
        (answer(404), "provider_not_found", "us"),
        (answer(404, b"<html>Niet gevonden</html>"), "provider_not_found", "us"),
        (answer(400, said("Please add a $select or a $top=1 statement to the query string")), "request_refused", "us"),
        (answer(400, said("must have a $filter parameter with one of the following fields")), "request_refused", "us"),
        (answer(400, b'{"error":7}'), "request_refused", "us"),
        (answer(409), "request_refused", "us"),
        (answer(204), "provider_bad_answer", "provider"),
        (answer(302, Location="https://evil.test"), "provider_bad_answer", "provider"),
        (answer(408), "provider_timeout", "provider"),
        (answer(500, said("not within division scope")), "provider_unavailable", "provider"),
        (answer(503, b"<html>"), "provider_unavailable", "provider"),
        (answer(429), "rate_limited", "us"),
    ],
)  # fmt: skip
def test_refusal_of_the_api_has_a_code_and_who_must_act(refused: Answer, code: str, who: str) -> None:
    failure = failure_of(refused)
    assert (failure.code, failure.who_must_act) == (code, who)
    assert failure.kind.transient is (who == "provider" or code == "rate_limited")
    assert CANARY not in f"{failure!r} {failure} {failure.as_contract()}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 45.0),
        ({"Retry_After": "0"}, 45.0),
        ({"X_RateLimit_Minutely_Remaining": "0", "X_RateLimit_Minutely_Reset": str(NOW_MS + 30_000)}, 30.0),
        ({"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(NOW_MS + 7_200_000)}, 7200.0),
        ({"X_RateLimit_Minutely_Remaining": "0", "X_RateLimit_Minutely_Reset": str(NOW_MS - 60_000)}, 45.0),
        ({"X_RateLimit_Minutely_Remaining": "49", "X_RateLimit_Remaining": "4000"}, 45.0),
        ({"X_RateLimit_Minutely_Remaining": "nonsense", "X_RateLimit_Minutely_Reset": "soon"}, 45.0),
    ],
    ids=[
        "no headers",
        "no wait",
        "the minute",
        "the day",
        "reset in the past",
        "calls left all the same",
        "nonsense",
    ],
)
def test_refused_call_waits_by_the_providers_clock(headers: dict[str, str], seconds: float) -> None:
    assert failure_of(answer(429, b"", **headers)).retry_after == seconds


def test_failure_carries_what_the_answer_said_of_the_windows() -> None:
    failure = failure_of(answer(404, X_RateLimit_Limit="5000", X_RateLimit_Remaining="4321"))
    assert failure.usage == (Usage("day", 5000, 4321, None),)


def oauth(error: str, description: str = "") -> bytes:
    return orjson.dumps({"error": error, "error_description": f"{description} {CANARY}"})


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (answer(400, oauth("access_denied", "Rate limit exceeded: access_token not expired")), "refresh_too_early"),
        (answer(400, Reason="TooEarlyToRefreshTokens; wait"), "refresh_too_early"),
        (answer(401, oauth("unauthorized_client", "Old refresh token used.")), "grant_invalid"),
        (answer(400, oauth("invalid_request", "The refresh token expired at 1-1-2026")), "grant_invalid"),
        (answer(400, oauth("invalid_grant", "Token is not allowed, because of invalid or empty chainId")), "grant_invalid"),
        (answer(400, oauth("invalid_grant")), "grant_invalid"),
        (answer(400, oauth("access_denied")), "request_refused"),
        (answer(401, oauth("unauthorized_client")), "client_invalid"),
        (answer(401, oauth("invalid_client")), "client_invalid"),
        (answer(401, b"<html>"), "provider_unavailable"),
        (answer(400, oauth("invalid_request", "redirect_uri is missing")), "request_refused"),
        (answer(400, b'{"error":["invalid_grant"],"error_description":{}}'), "provider_unavailable"),
        (answer(400, b"<html>"), "provider_unavailable"),
        (answer(404), "provider_unavailable"),
        (answer(302), "provider_bad_answer"),
        (answer(503, oauth("invalid_grant")), "provider_unavailable"),
        (answer(429), "rate_limited"),
    ],
)  # fmt: skip
def test_refusal_of_a_token_call_is_told_apart(refused: Answer, code: str) -> None:
    failure = refusal_of(refused, REFUSALS)
    assert failure.code == code
    assert CANARY not in f"{failure!r} {failure}"


def test_only_what_passes_by_itself_is_tried_again() -> None:
    early = refusal_of(answer(400, b"", Reason="TooEarlyToRefreshTokens"), REFUSALS)
    dead = refusal_of(answer(401, oauth("unauthorized_client", "Old refresh token used.")), REFUSALS)
    assert isinstance(early, Transient)
    assert isinstance(dead, Permanent)
