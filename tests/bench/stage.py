"""The stack that is measured, how it is reached, and the world that the sandbox shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.stack.stack import Stack

_TIMEOUT = httpx.Timeout(120.0, connect=5.0)
_WARMING_PAGE = 10_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Addresses and processes of a running stack: `pids` of the services, `others` of what they stand on.

    `dsn` is the administrator's.
    """

    services: Mapping[str, str]
    pids: Mapping[str, Sequence[int]]
    others: Mapping[str, Sequence[int]]
    sandbox: str
    kafka: str
    dsn: str
    issuer: LocalIssuer

    @classmethod
    def of(cls, stack: Stack) -> "Stage":
        """Where everything is now."""
        status = stack.status()
        return cls(
            services={name: service["url"] or "" for name, service in status["services"].items()},
            pids={name: service["pids"][:1] for name, service in status["services"].items()},
            others={
                "postgres": status["postgres"]["pids"],
                "kafka": status["kafka"]["pids"],
                "sandbox": status["sandbox"]["pids"][:1],
            },
            sandbox=status["sandbox"]["url"] or "",
            kafka=status["kafka"]["bootstrap_servers"] or "",
            dsn=status["postgres"]["dsn"] or "",
            issuer=stack.issuer,
        )

    def client(self, name: str, token: str) -> httpx.AsyncClient:
        """A service, called with that bearer token."""
        return httpx.AsyncClient(
            base_url=self.services[name],
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            trust_env=False,
        )

    async def database(self) -> "asyncpg.Connection[asyncpg.Record]":
        """An administrator's connection; the caller closes it."""
        return await asyncpg.connect(self.dsn)

    def token_client(self) -> httpx.AsyncClient:
        """connection-svc, called as import-svc calls it."""
        return self.client("connection-svc", self.issuer.service_token("import-svc"))

    def person_token(self, user: UUID, organisation: UUID) -> str:
        return self.issuer.person_token(user=user, organisation=organisation, roles=["beheerder"])


async def issued_token(tokens: httpx.AsyncClient, organisation_id: UUID, grant_id: str) -> str:
    """The access token of the organisation's grant."""
    body = {"organisation_id": str(organisation_id)}
    issued = await answered(tokens.post(f"/internal/v1/grants/{grant_id}/access-token", json=body))
    return str(issued["access_token"])


async def answered(call: Any) -> Json:
    """The JSON of an awaited call. Raises `httpx.HTTPStatusError`, with the answer's text."""
    answer: httpx.Response = await call
    if answer.is_error:
        request = f"{answer.request.method} {answer.request.url}"
        raise httpx.HTTPStatusError(
            f"{answer.status_code} to {request}: {answer.text[:500]}", request=answer.request, response=answer
        )
    content: Json = answer.json()
    return content


async def new_world(sandbox: str, *, companies: int, contacts: int) -> list[str]:
    """A world of these companies, every contact made ready to be served; returns the companies' ids.

    Contacts are customers; a company's other lists hold an object or two, so that they are read as well.
    """
    one_each = dict.fromkeys(("accounts", "fiscalyears", "vatcodes", "costcenters", "projects"), 1)
    none = dict.fromkeys(("suppliers", "customerinvoices", "supplierinvoices", "vouchers"), 0)
    body = {
        "companies": companies,
        "sizes": {**one_each, **none, "customers": contacts},
        "rate_limit_per_minute": 0,
        "access_token_seconds": 7200,
    }
    async with httpx.AsyncClient(base_url=sandbox, timeout=_TIMEOUT, trust_env=False) as http:
        made = await answered(http.post("/_sandbox/reset", json=body))
        ids = [str(company["id"]) for company in made["companies"]]
        if contacts > 1:
            await _warm(http, ids, contacts)
    return ids


async def _warm(http: httpx.AsyncClient, companies: list[str], contacts: int) -> None:
    for company in companies:
        for offset in range(0, contacts, _WARMING_PAGE):
            place = f"/_sandbox/companies/{company}/customers"
            answer = await http.get(place, params={"offset": offset, "limit": _WARMING_PAGE})
            answer.raise_for_status()
