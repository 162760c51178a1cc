"""Every way in which eAccounting or the way to it can fail, typed."""

import asyncio
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from koppel.contracts.values import ResourceName
from koppel.kernel.errors import Permanent, Transient
from koppel.providers import calls
from koppel.providers.catalogue import provider
from koppel.providers.failures import ProviderFailure
from koppel.providers.http import provider_http
from koppel.providers.port import ProviderAccess
from koppel.providers.reading import PageRequest

EACCOUNTING = provider("eaccounting")
VAT_CODES = EACCOUNTING.listings[ResourceName.VAT_CODE][0]
ERROR_ID = "6f1e0a2c-1111-4222-8333-444455556666"


async def failure_of(api: Any, access: ProviderAccess) -> ProviderFailure:
    with pytest.raises(ProviderFailure) as caught:
        await EACCOUNTING.read(api.http, access, VAT_CODES, PageRequest())
    return caught.value


def error(status: int, code: int, message: str = "canary-message") -> httpx.Response:
    body = {"ErrorCode": code, "DeveloperErrorMessage": message, "ErrorId": ERROR_ID, "Errors": None}
    return httpx.Response(status, json=body)


@pytest.mark.parametrize(
    ("answer", "code", "origin", "kind", "who", "family"),
    [
        (httpx.Response(401), "provider_unauthorized", "credential", "unauthorized", "customer", Permanent),
        (error(401, 4005), "provider_unauthorized", "credential", "unauthorized", "customer", Permanent),
        (httpx.Response(403), "permission_denied", "credential", "forbidden", "customer", Permanent),
        (error(403, 4006), "scope_missing", "credential", "forbidden", "customer", Permanent),
        (error(403, 4007), "permission_denied", "credential", "forbidden", "customer", Permanent),
        (error(403, 4011), "no_company_access", "credential", "forbidden", "customer", Permanent),
        (error(403, 4002), "module_unavailable", "administration", "unsupported", "customer", Permanent),
        (error(403, 4009), "module_unavailable", "administration", "unsupported", "customer", Permanent),
        (error(403, 4003), "company_setup_incomplete", "administration", "action_needed", "customer", Permanent),
        (error(403, 4004), "company_inactive", "administration", "inactive", "customer", Permanent),
        (error(403, 4012), "licence_terms", "administration", "action_needed", "customer", Permanent),
        (error(403, 4034), "client_invalid", "configuration", "invalid_client", "us", Permanent),
        (httpx.Response(404), "provider_not_found", "provider", "not_found", "us", Permanent),
        (error(404, 3000), "provider_not_found", "provider", "not_found", "us", Permanent),
        (error(400, 3001), "provider_not_found", "provider", "not_found", "us", Permanent),
        (error(400, 3002), "provider_not_found", "provider", "not_found", "us", Permanent),
        (error(400, 2000), "request_refused", "provider", "invalid_request", "us", Permanent),
        (error(409, 4000), "request_refused", "provider", "invalid_request", "us", Permanent),
        (error(400, 6000), "request_refused", "provider", "invalid_request", "us", Permanent),
        (error(400, 6001), "request_refused", "provider", "invalid_request", "us", Permanent),
        (error(403, 4010), "rate_limited", "provider", "rate_limited", "us", Transient),
        (httpx.Response(429), "rate_limited", "provider", "rate_limited", "us", Transient),
        (error(400, 5001), "provider_unavailable", "provider", "unavailable", "provider", Transient),
        (error(500, 5000), "provider_unavailable", "provider", "unavailable", "provider", Transient),
        (error(503, 4006), "provider_unavailable", "provider", "unavailable", "provider", Transient),
        (httpx.Response(502, text="<html>"), "provider_unavailable", "provider", "unavailable", "provider", Transient),
        (httpx.Response(408), "provider_timeout", "network", "timeout", "provider", Transient),
        (httpx.Response(302, headers={"Location": "https://x.test"}), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.Response(200, text="<html>canary-message"), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.Response(200, content=b""), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.Response(200, json=[]), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.Response(200, json={"Data": []}), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.Response(200, json={"Meta": {}, "Data": {}}), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.ConnectError("canary-message"), "provider_unreachable", "network", "unreachable", "provider", Transient),
        (httpx.ConnectTimeout("canary-message"), "provider_unreachable", "network", "unreachable", "provider", Transient),
        (httpx.ReadTimeout("canary-message"), "provider_timeout", "network", "timeout", "provider", Transient),
        (httpx.WriteTimeout("canary-message"), "provider_timeout", "network", "timeout", "provider", Transient),
        (httpx.RemoteProtocolError("canary-message"), "connection_dropped", "network", "dropped", "provider", Transient),
        (httpx.ReadError("canary-message"), "connection_dropped", "network", "dropped", "provider", Transient),
        (httpx.DecodingError("canary-message"), "provider_bad_answer", "provider", "bad_answer", "provider", Transient),
        (httpx.LocalProtocolError("canary-message"), "request_unsendable", "configuration", "invalid_request", "us", Permanent),
    ],
)  # fmt: skip
async def test_failed_call_says_what_failed_who_acts_and_whether_to_try_again(
    answering: Callable[..., Any],
    access: ProviderAccess,
    *,
    answer: httpx.Response | Exception,
    code: str,
    origin: str,
    kind: str,
    who: str,
    family: type[Exception],
) -> None:
    api = answering(answer)
    failure = await failure_of(api, access)
    assert isinstance(failure, family)
    contract = failure.as_contract()
    assert (contract.code, contract.origin, contract.type, contract.who_must_act) == (code, origin, kind, who)
    assert len(api.requests) == 1
    shown = "".join(traceback.format_exception(failure)) + repr(vars(failure)) + contract.model_dump_json()
    assert "canary" not in shown


async def test_failure_keeps_the_provider_s_own_code_and_reference(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    failure = await failure_of(answering(error(403, 4006)), access)
    assert (failure.provider_code, failure.error_id) == (4006, UUID(ERROR_ID))


async def test_error_body_of_another_form_is_only_its_status(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    body = {"ErrorCode": "4006", "ErrorId": "canary", "DeveloperErrorMessage": 7}
    failure = await failure_of(answering(httpx.Response(429, json=body)), access)
    assert (failure.code, failure.provider_code, failure.error_id) == ("rate_limited", None, None)


DATE = "Tue, 24 Nov 2026 10:00:42 GMT"


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry-After": "7"}, "try again in 30 seconds", 7.0),
        ({"Retry-After": "Tue, 24 Nov 2026 10:01:00 GMT", "Date": DATE}, "", 18.0),
        ({"Retry-After": "Tue, 24 Nov 2026 09:00:00 GMT", "Date": DATE}, "", 0.0),
        ({"Retry-After": "soon", "Date": DATE}, "Rate limit exceeded. Try again in 30 seconds.", 30.0),
        ({}, "wait 5 s", 5.0),
        ({"Date": DATE}, "limit of 600 requests", 18.0),
        ({}, "", 60.0),
        ({"Retry-After": "99999999999"}, "", 86_400.0),
        ({"Retry-After": "9" * 20_000}, "", 86_400.0),
        ({"Retry-After": "1795514462", "Date": DATE}, "", 20.0),
        ({"Retry-After": "1795514400", "Date": DATE}, "", 0.0),
        ({"Retry-After": "9" * 20_000, "Date": DATE}, "", 86_400.0),
        ({"Retry-After": f"Tue, 24 Nov {'9' * 20} 10:01:00 GMT", "Date": DATE}, "", 18.0),
        ({"Retry-After": f"Tue, 24 Nov 2026 10:01:00 +{'9' * 20}", "Date": DATE}, "", 18.0),
    ],
)
async def test_rate_limited_call_waits_as_long_as_the_provider_says_or_to_the_next_minute(
    answering: Callable[..., Any],
    access: ProviderAccess,
    headers: dict[str, str],
    message: str,
    seconds: float,
) -> None:
    body = {"ErrorCode": 4010, "DeveloperErrorMessage": message}
    failure = await failure_of(answering(httpx.Response(429, headers=headers, json=body)), access)
    assert failure.retry_after == seconds
    assert isinstance(failure, Transient)


async def test_unavailable_provider_may_name_its_wait(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    named = await failure_of(answering(httpx.Response(503, headers={"Retry-After": "120"})), access)
    silent = await failure_of(answering(httpx.Response(503)), access)
    assert (named.retry_after, silent.retry_after) == (120.0, None)


async def test_answer_over_the_limit_is_not_read_on(
    answering: Callable[..., Any], access: ProviderAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "LARGEST_ANSWER", 1000)
    failure = await failure_of(answering(httpx.Response(200, content=b" " * 1001)), access)
    assert failure.code == "provider_answer_too_large"
    assert isinstance(failure, Permanent)


async def test_call_over_its_deadline_times_out() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(200, request=request)

    async with provider_http(transport=httpx.MockTransport(never)) as http:
        with pytest.raises(Transient, match="provider_timeout"):
            await calls.send(http, http.build_request("GET", "https://api.provider.test"), deadline=0.001)


async def test_address_that_is_none_cannot_be_sent_to(answering: Callable[..., Any]) -> None:
    api = answering(httpx.UnsupportedProtocol("canary"))
    with pytest.raises(Permanent, match="request_unsendable"):
        await EACCOUNTING.discover(api.http, ProviderAccess("t", "ftp://api.provider.test"), None)


def test_access_token_is_not_in_the_repr(access: ProviderAccess) -> None:
    assert "canary" not in repr(access)
