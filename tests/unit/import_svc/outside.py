"""connection-svc and providers, in place of HTTP."""

from collections.abc import Callable
from dataclasses import replace

import httpx

from koppel.providers import failures
from koppel.providers.company import Company
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.port import CompanyPage, Provider, ProviderAccess

SETTINGS = {"CompanyIdentifier": "c-1", "Name": "Bakkerij Smit", "CorporateIdentityNumber": "01234567"}
Answer = Callable[[httpx.Request], httpx.Response]


class Outside:
    """connection-svc and the provider; each answers from its list, the last answer again and again."""

    def __init__(self) -> None:
        self.tokens: list[Answer] = [self.token("secret-token")]
        self.answers: list[Answer] = [lambda _: httpx.Response(200, json=SETTINGS)]
        self.issued: list[httpx.Request] = []
        self.asked: list[httpx.Request] = []

    @staticmethod
    def token(token: str) -> Answer:
        content = {
            "access_token": token,
            "expires_at": "2026-11-24T12:00:00Z",
            "api_base_url": "https://p.test/v2",
        }
        return lambda _: httpx.Response(200, json=content)

    @staticmethod
    def problem(status: int, code: str) -> Answer:
        return lambda _: httpx.Response(status, json={"code": code, "status": status})

    def issue(self, request: httpx.Request) -> httpx.Response:
        self.issued.append(request)
        return self.tokens[min(len(self.issued), len(self.tokens)) - 1](request)

    def provider(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers[min(len(self.asked), len(self.answers)) - 1](request)


class MadeUp(Provider):
    """Two companies on two pages, and what each company's own page says."""

    def __init__(self, kind: failures.FailureKind | None) -> None:
        super().__init__(EACCOUNTING.profile, ())
        self._kind = kind

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        number = continuation or "1"
        return CompanyPage([Company(number, f"Company {number}")], "2" if number == "1" else None)

    async def details(self, http: httpx.AsyncClient, access: ProviderAccess, company: Company) -> Company:
        if self._kind is not None:
            raise failures.failure(self._kind)
        return replace(company, vat_number=f"vat of {company.external_id}")
