"""Moneybird's refusals, its waits in epoch seconds, and where a listing ends."""

import httpx
import orjson
import pytest

from koppel.kernel.errors import Permanent, Transient
from koppel.providers.calls import Answer
from koppel.providers.failures import ProviderFailure
from koppel.providers.moneybird.answers import failure_of, has_next_page
from koppel.providers.token_refusals import refusal_of

NOON = "Tue, 24 Nov 2026 12:00:00 GMT"
NOON_EPOCH = 1_795_521_600
HTML = b"<html><body><h1>429 Too Many Requests</h1></body></html>"


def answer(status: int, body: object = None, headers: dict[str, str] | None = None) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, httpx.Headers(headers or {}), content)


@pytest.mark.parametrize(
    ("status", "body", "code", "who", "family"),
    [
        (400, {"error": "per_page does not have a valid value", "symbolic": {"per_page": "invalid"}}, "request_refused", "us", Permanent),
        (401, {"error": "invalid_token"}, "provider_unauthorized", "customer", Permanent),
        (402, {"error": "x", "symbolic": {"administration": "limit_reached"}}, "company_inactive", "customer", Permanent),
        (403, {"error": "Access denied"}, "permission_denied", "customer", Permanent),
        (403, {"error": "x", "symbolic": {"administration": "suspended"}}, "company_inactive", "customer", Permanent),
        (404, {"error": "record not found", "symbolic": {"record": "not_found"}}, "no_company_access", "customer", Permanent),
        (422, {"error": {"name": ["can't be blank"]}, "details": {}}, "request_refused", "us", Permanent),
        (429, "Retry later", "rate_limited", "us", Transient),
        (429, HTML, "rate_limited", "us", Transient),
        (500, HTML, "provider_unavailable", "provider", Transient),
        (503, {"symbolic": {"administration": "x"}}, "provider_unavailable", "provider", Transient),
        (302, HTML, "provider_bad_answer", "provider", Transient),
        (418, b"", "request_refused", "us", Permanent),
    ],
)  # fmt: skip
def test_a_refusal_says_who_must_act(
    status: int, body: object, code: str, who: str, family: type[Exception]
) -> None:
    failed = failure_of(answer(status, body), in_administration=True)
    assert (failed.code, failed.who_must_act) == (code, who)
    assert isinstance(failed, family)


def test_not_found_outside_an_administration_is_our_address() -> None:
    assert failure_of(answer(404), in_administration=False).code == "provider_not_found"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": str(NOON_EPOCH + 90), "Date": NOON}, 90.0),
        ({"Retry-After": str(NOON_EPOCH - 5), "Date": NOON}, 60.0),
        (
            {
                "Retry-After": str(NOON_EPOCH - 5),
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": str(NOON_EPOCH + 30),
                "Date": NOON,
            },
            30.0,
        ),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(NOON_EPOCH + 240), "Date": NOON}, 240.0),
        ({"Retry-After": str(NOON_EPOCH + 90)}, 300.0),
        ({"Retry-After": str(NOON_EPOCH * 1000), "Date": NOON}, 300.0),
        ({"Retry-After": "12", "Date": NOON}, 12.0),
        ({"Retry-After": "0", "Date": NOON}, 60.0),
        ({"Retry-After": "Tue, 24 Nov 2026 12:00:45 GMT", "Date": NOON}, 45.0),
        ({"Retry-After": "soon", "Date": NOON}, 60.0),
        ({"Retry-After": "9" * 5000, "Date": NOON}, 300.0),
        ({"Retry-After": str(NOON_EPOCH + 90_000), "Date": NOON}, 300.0),
        ({"Date": NOON}, 60.0),
        ({}, 60.0),
    ],
)
def test_a_call_too_many_waits_by_the_provider_s_clock(headers: dict[str, str], seconds: float) -> None:
    assert failure_of(answer(429, HTML, headers), in_administration=True).retry_after == seconds


def test_a_token_call_too_many_waits_by_the_provider_s_clock_too() -> None:
    headers = {"Retry-After": str(NOON_EPOCH + 90), "Date": NOON}
    assert refusal_of(answer(429, HTML, headers)).retry_after == 90.0


def test_a_counter_s_reset_is_no_reason_to_wait_after_another_failure() -> None:
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(NOON_EPOCH + 30), "Date": NOON}
    assert failure_of(answer(503, b"", headers), in_administration=True).retry_after is None


@pytest.mark.parametrize(
    ("link", "more"),
    [
        ('<https://moneybird.com/api/v2/1/projects.json?page=2>; rel="next"', True),
        ('<https://a.test/?page=1>; rel="prev", <https://a.test/?page=3>; rel="next"', True),
        ("<https://a.test/?filter=state:all,x&page=2>; Rel=next", True),
        ('<https://a.test/?page=2>; rel="last next"', True),
        ('<https://a.test/?page=2>; rel="nextish"', False),
        ('<https://a.test/?page=1>;rel="prev"', False),
        ('<https://a.test/?q=rel="next">; rel="prev"', False),
        ("", False),
        (';,;,rel="next', False),
    ],
)
def test_only_a_link_of_the_answer_leads_to_a_next_page(link: str, *, more: bool) -> None:
    assert has_next_page(answer(200, [], {"Link": link})) is more


@pytest.mark.parametrize("body", ["Retry later", {}, None, HTML, b'[{"id":'])
def test_a_list_that_is_none_is_a_bad_answer(body: object) -> None:
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        answer(200, body).json_list()
