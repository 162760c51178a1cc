"""What import-svc talks to, replaced at HTTP level: connection-svc's access tokens and an eAccounting-like provider."""

import json
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

import httpx

from koppel.kernel.ids import new_id

Answer = Callable[[], httpx.Response]


class Outside:
    """Grants with their companies. A grant's `scripted` answers come first, each once."""

    def __init__(self) -> None:
        self._companies: dict[UUID, dict[str, str]] = {}
        self._token_scripts: dict[UUID, list[Answer]] = {}
        self._provider_scripts: dict[UUID, list[Answer]] = {}
        self.asked: list[UUID] = []
        self.issued_for: defaultdict[UUID, set[UUID]] = defaultdict(set)
        """By grant, the organisations that a token was asked for."""
        self.api_base_url = "https://provider.test/v2"

    def grant(self, name: str, *, kvk_number: str | None = None, company: str | None = None) -> UUID:
        """A login that gives access to one company."""
        grant_id = new_id()
        self._companies[grant_id] = {
            "CompanyIdentifier": company or str(new_id()),
            "Name": name,
            "CorporateIdentityNumber": kvk_number or "",
            "CountryCode": "NL",
        }
        return grant_id

    def rename(self, grant_id: UUID, name: str) -> None:
        self._companies[grant_id]["Name"] = name

    def company(self, grant_id: UUID) -> str:
        return self._companies[grant_id]["CompanyIdentifier"]

    def provider_answers(self, grant_id: UUID, *answers: httpx.Response) -> None:
        self._provider_scripts[grant_id] = [lambda answer=answer: answer for answer in answers]  # type: ignore[misc]

    def refuses_tokens(self, grant_id: UUID, status: int, code: str) -> None:
        """From now on, without end."""
        self._token_scripts[grant_id] = [lambda: httpx.Response(status, json={"code": code})] * 1000

    def issues_again(self, grant_id: UUID) -> None:
        self._token_scripts.pop(grant_id, None)

    def connection_svc(self, request: httpx.Request) -> httpx.Response:
        grant_id = UUID(request.url.path.split("/")[4])
        self.issued_for[grant_id].add(UUID(json.loads(request.content)["organisation_id"]))
        if script := self._token_scripts.get(grant_id):
            return script.pop(0)()
        return httpx.Response(
            200,
            json={
                "access_token": str(grant_id),
                "expires_at": "2026-11-24T12:00:00Z",
                "api_base_url": self.api_base_url,
            },
        )

    def provider(self, request: httpx.Request) -> httpx.Response:
        grant_id = UUID(request.headers["authorization"].removeprefix("Bearer "))
        self.asked.append(grant_id)
        if script := self._provider_scripts.get(grant_id):
            return script.pop(0)()
        return httpx.Response(200, json=self._companies[grant_id])
