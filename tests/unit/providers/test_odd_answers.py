"""Answers of every provider that its documentation does not promise: each has a code, and none loses what is beside it."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
import pytest

from koppel.providers.catalogue import PROVIDERS
from koppel.providers.failures import ProviderFailure
from koppel.providers.listing import Listing
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.profile import KeyFlow
from koppel.providers.reading import Instant, PageRequest, Sequence, Watermark, WatermarkKind
from koppel.providers.tokens import ClientCredentials

Answering = Callable[..., Any]
DATE = {"Date": "Sun, 29 Nov 2026 12:00:15 GMT"}
LONG_AGO = "1600000000"
CREDENTIALS = ClientCredentials("client", "secret")
LISTED: Mapping[str, Callable[[list[Mapping[str, object]]], object]] = {
    "eaccounting": lambda items: {
        "Meta": {"CurrentPage": 1, "TotalNumberOfPages": 1, "TotalNumberOfResults": len(items)},
        "Data": items,
    },
    "exact_online": lambda items: {"d": {"results": items}},
    "moneybird": lambda items: items,
    "snelstart": lambda items: items,
}
"""How each provider wraps a list."""

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda each: each.profile.id)


def access(provider: Provider) -> ProviderAccess:
    return ProviderAccess("canary", "https://provider.test/api", "17" if provider.profile.epochs else "1")


def listings(provider: Provider) -> list[Listing]:
    return [each for group in provider.listings.values() for each in group]


def item(listing: Listing, text: str) -> Mapping[str, object]:
    """One of a listing; the property that is its key has this text."""
    entry = {"dagboek": {"id": "d"}, "datum": "2026-01-01", "boekstuk": "b", "EntryID": "e", "Timestamp": 1}
    return entry | dict.fromkeys(listing.key, text)


def body(provider: Provider, listing: Listing, *texts: str) -> bytes:
    return orjson.dumps(LISTED[provider.profile.id]([item(listing, each) for each in texts]))


async def refusal(answering: Answering, provider: Provider, answer: httpx.Response) -> ProviderFailure:
    with pytest.raises(ProviderFailure) as refused:
        listing = listings(provider)[0]
        await provider.read(answering(answer).http, access(provider), listing, PageRequest())
    return refused.value


@every_provider
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html><body>Onderhoud</body></html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"\xef\xbb\xbf"),
        httpx.Response(200, content=b"null"),
        httpx.Response(200, content=b'"Retry later"'),
        httpx.Response(200, content=b"NaN"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(204),
        httpx.Response(302, headers={"Location": "https://login.test"}),
    ],
    ids=["HTML", "empty", "a mark alone", "null", "text", "no number", "depth", "204", "redirect"],
)
async def test_what_is_no_list_is_a_bad_answer_and_never_an_empty_list(
    answering: Answering, provider: Provider, answer: httpx.Response
) -> None:
    assert (await refusal(answering, provider, answer)).code == "provider_bad_answer"


@every_provider
@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "provider_unauthorized"), (500, "provider_unavailable"), (503, "provider_unavailable")],
)
async def test_html_of_a_gateway_is_read_by_its_status(
    answering: Answering, provider: Provider, status: int, code: str
) -> None:
    found = await refusal(answering, provider, httpx.Response(status, content=b"<html>canary</html>"))
    assert found.code == code
    assert "canary" not in f"{found!r}{found.detail}"


@every_provider
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "-5"},
        {"Retry-After": LONG_AGO, **DATE},
        {"X-RateLimit-Minutely-Remaining": "0", "X-RateLimit-Minutely-Reset": f"{LONG_AGO}000", **DATE},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": LONG_AGO, **DATE},
        {"X-RateLimit-Remaining": "17", **DATE},
    ],
    ids=["none", "a word", "below zero", "long ago", "ended minute", "ended window", "something left"],
)
async def test_refusal_for_too_many_calls_waits_at_most_a_minute_when_nothing_sensible_is_told(
    answering: Answering, provider: Provider, headers: dict[str, str]
) -> None:
    found = await refusal(answering, provider, httpx.Response(429, headers=headers))
    assert found.code == "rate_limited"
    assert found.retry_after is not None
    assert 0 <= found.retry_after <= 60


@every_provider
async def test_a_byte_order_mark_is_passed_over(answering: Answering, provider: Provider) -> None:
    for listing in listings(provider):
        package_answers = answering(
            httpx.Response(200, content=b"\xef\xbb\xbf" + body(provider, listing, "a"))
        )
        page = await provider.read(package_answers.http, access(provider), listing, PageRequest())
        assert (len(page.records), page.broken) == (1, [])


@every_provider
@pytest.mark.parametrize(
    "cut", [rb"\ud83d", b"\xf0\x9f", b"\xff"], ids=["half a pair", "half a text", "no text"]
)
async def test_half_a_character_in_one_item_is_no_reason_to_read_none(
    answering: Answering, provider: Provider, cut: bytes
) -> None:
    listing = listings(provider)[0]
    content = body(provider, listing, "a", "bCUT", "c").replace(b"CUT", cut)
    answers = answering(httpx.Response(200, content=content))
    page = await provider.read(answers.http, access(provider), listing, PageRequest())
    assert (len(page.records), page.broken) == (3, [])


@every_provider
async def test_a_key_that_comes_twice_is_one_record_and_told(
    answering: Answering, provider: Provider
) -> None:
    for listing in listings(provider):
        answers = answering(httpx.Response(200, content=body(provider, listing, "a", "b", "a")))
        page = await provider.read(answers.http, access(provider), listing, PageRequest())
        assert (len(page.records), page.broken) == (2, [(2, "key occurs twice in this page")])


@every_provider
@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, 2**63])
async def test_a_key_above_two_to_the_fifty_third_keeps_each_digit(
    answering: Answering, provider: Provider, number: int
) -> None:
    listing = next(each for each in listings(provider) if len(each.key) == 1)
    content = body(provider, listing, "KEY").replace(b'"KEY"', str(number).encode())
    answers = answering(httpx.Response(200, content=content))
    page = await provider.read(answers.http, access(provider), listing, PageRequest())
    assert [each.external_id for each in page.records] == [str(number)]
    assert str(number) in page.records[0].raw


@every_provider
@pytest.mark.parametrize("text", ["", "x" * 5000, "9" * 5000], ids=["empty", "long", "long number"])
async def test_a_continuation_of_something_else_has_a_code_and_is_not_sent(
    answering: Answering, provider: Provider, text: str
) -> None:
    answers = answering(httpx.Response(200, content=b"{}"))
    for listing in listings(provider):
        with pytest.raises(ProviderFailure, match="continuation_invalid"):
            await provider.read(answers.http, access(provider), listing, PageRequest(text))
    assert answers.requests == []


@every_provider
@pytest.mark.parametrize(
    "watermark",
    [
        Watermark(WatermarkKind.INSTANT, "nonsense"),
        Watermark(WatermarkKind.SEQUENCE, "-1"),
        Watermark(WatermarkKind.SEQUENCE, "9" * 5000),
        Watermark(WatermarkKind.VERSIONS, ""),
    ],
)
async def test_a_watermark_of_something_else_has_a_code_and_is_not_sent(
    answering: Answering, provider: Provider, watermark: Watermark
) -> None:
    answers = answering(httpx.Response(200, content=b"{}"))
    for listing in listings(provider):
        if isinstance(listing.cursor, Instant | Sequence):
            with pytest.raises(ProviderFailure, match="watermark_invalid"):
                await provider.read(answers.http, access(provider), listing, PageRequest(None, watermark))
    assert answers.requests == []


@every_provider
async def test_discovery_goes_on_only_from_where_it_was(answering: Answering, provider: Provider) -> None:
    answers = answering(httpx.Response(200, content=b"{}"))
    with pytest.raises(ProviderFailure, match="continuation_invalid"):
        await provider.discover(answers.http, access(provider), "of-another-provider")
    assert answers.requests == []


@every_provider
@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (600, 600),
        ("600", 600),
        ("soon", None),
        (-5, None),
        ("", None),
        (None, None),
        ([], None),
        ("9" * 5000, None),
    ],
)
async def test_a_token_lives_as_long_as_its_answer_says_in_a_number_or_its_text(
    answering: Answering, provider: Provider, expires_in: object, seconds: int | None
) -> None:
    answer = {"access_token": "a", "refresh_token": "r", "token_type": "bearer", "expires_in": expires_in}
    answers, endpoints = answering(httpx.Response(200, json=answer)), provider.profile.regions[0].endpoints
    if isinstance(provider.profile.auth, KeyFlow):
        tokens = await provider.exchange_key(answers.http, endpoints, CREDENTIALS, key={"key": "k"})
    else:
        tokens = await provider.refresh(answers.http, endpoints, CREDENTIALS, refresh_token="r")
    assert tokens.expires_in == seconds


@every_provider
@pytest.mark.parametrize("status", [200, 201, 203])
async def test_tokens_are_taken_from_every_answer_of_success(
    answering: Answering, provider: Provider, status: int
) -> None:
    answers = answering(httpx.Response(status, json={"access_token": "a", "refresh_token": "r"}))
    endpoints = provider.profile.regions[0].endpoints
    if isinstance(provider.profile.auth, KeyFlow):
        tokens = await provider.exchange_key(answers.http, endpoints, CREDENTIALS, key={"key": "k"})
    else:
        tokens = await provider.refresh(answers.http, endpoints, CREDENTIALS, refresh_token="o")
    assert tokens.access_token == "a"


@every_provider
async def test_a_withdrawal_without_a_body_is_one(answering: Answering, provider: Provider) -> None:
    endpoints = provider.profile.regions[0].endpoints
    if endpoints.revocation_url is not None:
        http = answering(httpx.Response(204)).http
        await provider.revoke(http, endpoints, CREDENTIALS, token="r")
