"""An access token, and asking the provider, at HTTP level."""

import hashlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from import_svc.adapters.companies import ProviderCompanies
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.platform.access_tokens import AccessTokenClient
from koppel.providers import failures
from koppel.providers.company import Company
from koppel.providers.http import provider_http
from koppel.testing.budgets import NoLimit

from .outside import SETTINGS, MadeUp, Outside

ORGANISATION = new_id()


@pytest.fixture
async def companies(outside: Outside) -> AsyncIterator[ProviderCompanies]:
    connection_svc = httpx.AsyncClient(
        base_url="https://c.test", transport=httpx.MockTransport(outside.issue)
    )
    async with connection_svc, provider_http(transport=httpx.MockTransport(outside.provider)) as provider:
        yield ProviderCompanies(DiscoveryTokens(AccessTokenClient(connection_svc)), provider, NoLimit())


async def failure_of(companies: ProviderCompanies) -> DiscoveryFailed:
    with pytest.raises(DiscoveryFailed) as raised:
        await companies.companies("eaccounting", ORGANISATION, new_id(), None)
    return raised.value


async def test_the_token_is_used_at_the_address_that_came_with_it(
    companies: ProviderCompanies, outside: Outside
) -> None:
    grant_id = new_id()
    page = await companies.companies("eaccounting", ORGANISATION, grant_id, None)
    [found] = page.companies
    assert page.next is None
    assert (found.external_id, found.name, found.kvk_number) == ("c-1", "Bakkerij Smit", "01234567")
    assert outside.issued[0].url.path == f"/internal/v1/grants/{grant_id}/access-token"
    assert f'"organisation_id":"{ORGANISATION}"'.encode() in outside.issued[0].content
    assert str(outside.asked[0].url) == "https://p.test/v2/companysettings"
    assert outside.asked[0].headers["authorization"] == "Bearer secret-token"


async def test_a_refused_token_is_changed_for_a_fresh_one_once(
    companies: ProviderCompanies, outside: Outside
) -> None:
    outside.tokens = [outside.token("old"), outside.token("new")]
    outside.answers = [lambda _: httpx.Response(401), lambda _: httpx.Response(200, json=SETTINGS)]
    page = await companies.companies("eaccounting", ORGANISATION, new_id(), None)
    assert len(page.companies) == 1
    assert hashlib.sha256(b"old").hexdigest().encode() in outside.issued[1].content
    assert outside.asked[1].headers["authorization"] == "Bearer new"


async def test_a_token_that_is_refused_again_is_the_customers_to_mend(
    companies: ProviderCompanies, outside: Outside
) -> None:
    outside.answers = [lambda _: httpx.Response(401)]
    error = await failure_of(companies)
    assert (error.code, error.transient) == ("provider_unauthorized", False)
    assert error.failure.who_must_act is WhoMustAct.CUSTOMER
    assert len(outside.asked) == 2


@pytest.mark.parametrize(
    ("answer", "code", "transient", "who"),
    [
        (httpx.Response(403, json={"ErrorCode": 4006}), "scope_missing", False, "customer"),
        (httpx.Response(403, json={"ErrorCode": 4011}), "no_company_access", False, "customer"),
        (httpx.Response(429, json={"ErrorCode": 4010}), "rate_limited", True, "us"),
        (httpx.Response(503), "provider_unavailable", True, "provider"),
        (httpx.Response(200, content=b"<html>"), "provider_bad_answer", True, "provider"),
        (httpx.Response(200, json={"Name": "without an id"}), "provider_bad_answer", True, "provider"),
        (httpx.ReadTimeout("late"), "provider_timeout", True, "provider"),
        (httpx.ConnectError("away"), "provider_unreachable", True, "provider"),
    ],
)
async def test_what_a_provider_answers_is_typed(
    companies: ProviderCompanies,
    outside: Outside,
    answer: httpx.Response | httpx.TransportError,
    code: str,
    transient: bool,
    who: str,
) -> None:
    def answered(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    outside.answers = [answered]
    error = await failure_of(companies)
    assert (error.code, error.transient, error.failure.who_must_act) == (code, transient, who)
    assert error.paces is (code == "rate_limited")


@pytest.mark.parametrize(
    ("status", "code", "expected", "transient", "who"),
    [
        (409, "reauthorization_required", "reauthorization_required", False, "customer"),
        (409, "connection_revoked", "connection_revoked", False, "customer"),
        (404, "grant_not_found", "grant_not_found", False, "us"),
        (401, "unauthenticated", "connection_svc_refused", True, "us"),
        (503, "database_unavailable", "connection_svc_unavailable", True, "us"),
    ],
)
async def test_what_connection_svc_answers_is_typed(
    companies: ProviderCompanies,
    outside: Outside,
    status: int,
    code: str,
    expected: str,
    transient: bool,
    who: str,
) -> None:
    outside.tokens = [outside.problem(status, code)]
    error = await failure_of(companies)
    assert (error.code, error.transient, error.failure.who_must_act) == (expected, transient, who)
    assert outside.asked == []


async def test_a_token_in_another_shape_is_refused_without_showing_it(
    companies: ProviderCompanies, outside: Outside
) -> None:
    outside.tokens = [lambda _: httpx.Response(200, json={"access_token": "secret-token"})]
    error = await failure_of(companies)
    assert error.code == "connection_svc_bad_answer"
    assert "secret-token" not in repr(error)
    assert error.__cause__ is None


async def test_a_provider_that_is_not_known_here_is_ours_to_mend(companies: ProviderCompanies) -> None:
    with pytest.raises(DiscoveryFailed) as raised:
        await companies.companies("no_such_provider", ORGANISATION, new_id(), None)
    assert (raised.value.code, raised.value.transient) == ("unknown_provider", False)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[failures.FailureKind | None], None]:
    def known(kind: failures.FailureKind | None) -> None:
        monkeypatch.setattr("import_svc.adapters.companies.PROVIDERS", {"made_up": MadeUp(kind)})

    return known


async def test_companies_come_page_by_page_with_what_their_own_pages_say(
    companies: ProviderCompanies, made_up: Callable[[failures.FailureKind | None], None]
) -> None:
    made_up(None)
    first = await companies.companies("made_up", ORGANISATION, new_id(), None)
    last = await companies.companies("made_up", ORGANISATION, new_id(), first.next)
    assert [each.vat_number for each in (*first.companies, *last.companies)] == ["vat of 1", "vat of 2"]
    assert last.next is None


async def test_a_company_whose_own_page_may_not_be_read_is_as_the_list_says(
    companies: ProviderCompanies, made_up: Callable[[failures.FailureKind | None], None]
) -> None:
    made_up(failures.FORBIDDEN)
    page = await companies.companies("made_up", ORGANISATION, new_id(), None)
    assert page.companies == [Company("1", "Company 1")]


async def test_a_page_is_asked_again_when_a_companys_own_page_cannot_be_had_for_now(
    companies: ProviderCompanies, made_up: Callable[[failures.FailureKind | None], None]
) -> None:
    made_up(failures.RATE_LIMITED)
    with pytest.raises(DiscoveryFailed) as raised:
        await companies.companies("made_up", ORGANISATION, new_id(), None)
    assert (raised.value.code, raised.value.transient) == ("rate_limited", True)
