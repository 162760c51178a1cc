"""What connection-svc knows of organisations and assignment-svc of people, asked and told with tokens of our own."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import httpx

from koppel_identity.claims import Person, operator
from koppel_identity.issuer import Issuer
from koppel_identity.store.organisations import Organisation

PATIENCE = 3.0
"""Seconds an answer may take: a person waits for a page."""
_PAGES, _PAGE = 3, 200
"""So many organisations or people are shown; the search finds the others."""
_READER = "identity"
"""Who the audit trail names as the reader."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """`more`: there are others that were not asked for."""

    items: list[T]
    more: bool


class Unavailable(Exception):
    """A service does not answer, or not as agreed."""


class Services:
    def __init__(
        self,
        issuer: Issuer,
        *,
        connection_svc: str | None,
        assignment_svc: str | None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._issuer = issuer
        self._connection_svc = connection_svc
        self._assignment_svc = assignment_svc
        self._transport = transport

    async def organisations(self, search: str) -> Known[Organisation]:
        """Raises `Unavailable`."""
        found = await self._items(self._connection_svc, "/ops/v1/organisations", search, operator(_READER))
        with _as_agreed("/ops/v1/organisations"):
            items = [Organisation(UUID(item["id"]), str(item.get("name") or "")) for item in found.items]
        return Known(items, found.more)

    async def people(self, organisation: Organisation, search: str) -> Known[Person]:
        """Raises `Unavailable`."""
        found = await self._items(self._assignment_svc, "/v1/users", search, _reader_of(organisation.id))
        return Known([_person(organisation, item) for item in found.items], found.more)

    async def person(self, organisation: Organisation, person_id: UUID) -> Person | None:
        """None for one whom the directory does not know. Raises `Unavailable`."""
        answer = await self._call(
            "GET", self._assignment_svc, f"/v1/users/{person_id}", _reader_of(organisation.id)
        )
        return None if answer is None else _person(organisation, answer)

    async def tell_organisation(self, organisation: Organisation, by: Person) -> None:
        """Raises `Unavailable`."""
        await self._call(
            "PUT", self._connection_svc, "/v1/organisation", by, body={"name": organisation.name}
        )

    async def tell_person(self, person: Person) -> None:
        """Raises `Unavailable`."""
        body = {"name": person.name, "email": person.email, "role": person.roles[0]}
        await self._call("PUT", self._assignment_svc, f"/v1/users/{person.id}", person, body=body)

    async def _items(
        self, service: str | None, path: str, search: str, caller: Person
    ) -> Known[dict[str, Any]]:
        query = {"q": search} if search else {}
        items: list[dict[str, Any]] = []
        cursor = None
        for _ in range(_PAGES):
            asked = {**query, "limit": str(_PAGE), **({"cursor": str(cursor)} if cursor else {})}
            page = await self._call("GET", service, path, caller, query=asked)
            if page is None or not isinstance(page.get("items"), list):
                raise Unavailable(path)
            items += page["items"]
            if not (cursor := page.get("next_cursor")):
                break
        return Known(items, more=bool(cursor))

    async def _call(
        self,
        method: str,
        service: str | None,
        path: str,
        caller: Person,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        """The JSON of the answer; None where somebody asked for what is not there."""
        if service is None:
            raise Unavailable(path)
        headers = {"Authorization": f"Bearer {self._issuer.service_access(caller)}"}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                httpx.AsyncClient(
                    base_url=service, timeout=PATIENCE, transport=self._transport, trust_env=False
                ) as client,
            ):
                answer = await client.request(method, path, params=query, json=body, headers=headers)
            if (method, answer.status_code) == ("GET", httpx.codes.NOT_FOUND):
                return None
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise Unavailable(path) from error
        if not isinstance(found, dict):
            raise Unavailable(path)
        return found


def _reader_of(organisation_id: UUID) -> Person:
    return Person(
        id=operator(_READER).id, organisation_id=organisation_id, name=_READER, roles=("beheerder",)
    )


def _person(organisation: Organisation, item: Mapping[str, Any]) -> Person:
    with _as_agreed("/v1/users"):
        return Person(
            id=UUID(item["id"]),
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            name=str(item["name"]),
            email=str(item["email"]),
            roles=(str(item["role"]),),
        )


@contextmanager
def _as_agreed(path: str) -> Iterator[None]:
    """Inside, an answer is read. Raises `Unavailable` when it has another shape than it should."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unavailable(path) from error
