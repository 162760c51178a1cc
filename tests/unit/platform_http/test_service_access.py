"""The table of what services may do, and the header by which a service says for whom."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends

from koppel.kernel.ids import new_id
from koppel.platform.http import current_principal
from koppel.platform.identity import Operation, Principal, ServiceAccess
from koppel.testing.tokens import TokenIssuer

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ORGANISATION = new_id()
TABLE = ServiceAccess({"planning-svc": [Operation.LIST_SECTORS]})


@pytest.fixture
def router() -> APIRouter:
    made = APIRouter()

    @made.get("/v1/sectors", operation_id="list_sectors")
    async def who(principal: Annotated[Principal, Depends(current_principal)]) -> list[str]:
        return [principal.actor, str(principal.organisation)]

    return made


def test_a_service_may_do_what_the_table_names() -> None:
    table = ServiceAccess.parse('{"a": ["borrow", "list_sectors"], "b": []}')
    assert table.allows("a", "borrow")
    for service, operation in (
        ("a", "get_user"),
        ("b", "borrow"),
        ("c", "borrow"),
        ("A", "borrow"),
        ("a", ""),
    ):
        assert not table.allows(service, operation)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('["borrow"]', "no object"),
        ("null", "no object"),
        ('{"sync-svc": "borrow"}', "no list"),
        ('{"sync-svc": {"borrow": true}}', "no list"),
        ('{"sync-svc": ["borrow", 1]}', "no list"),
        ('{"sync-svc": ["*"]}', "'*' is no operation"),
        ('{"sync-svc": ["Borrow"]}', "'Borrow' is no operation"),
        ('{"sync-svc": ["delete_connection"]}', "'delete_connection' is no operation"),
        ('{"sync-svc": [], "sync-svc": ["borrow"]}', "twice"),
        (json.dumps({"sync-svc": ["x" * 10_000 + "\n"]}), "is no operation"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        ServiceAccess.parse(text)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("named", [str(ORGANISATION), str(ORGANISATION).upper()])
async def test_the_organisation_of_the_header_is_the_one_that_is_acted_for(
    serve: Serve, router: APIRouter, issuer: TokenIssuer, named: str
) -> None:
    headers = {
        "Authorization": f"Bearer {issuer.service('planning-svc', now=NOW)}",
        "Koppel-Organisation": named,
    }
    async with serve(router, service_access=TABLE) as client:
        answer = await client.get("/v1/sectors", headers=headers)
    assert answer.json() == ["service:planning-svc", str(ORGANISATION)]


@pytest.mark.parametrize(
    "values",
    [
        [""],
        ["all"],
        [str(UUID(int=0))],
        [f"{{{ORGANISATION}}}"],
        [f"urn:uuid:{ORGANISATION}"],
        [ORGANISATION.hex],
        [f"{ORGANISATION},{ORGANISATION}"],
        [str(ORGANISATION), str(ORGANISATION)],
        [str(ORGANISATION), str(new_id())],
        ["0" * 7_000],
    ],
)
async def test_a_header_that_is_no_single_organisation_is_refused(
    serve: Serve, router: APIRouter, issuer: TokenIssuer, values: list[str]
) -> None:
    token = f"Bearer {issuer.service('planning-svc', now=NOW)}"
    headers = [("Authorization", token), *(("Koppel-Organisation", value) for value in values)]
    async with serve(router, service_access=TABLE) as client:
        answer = await client.get("/v1/sectors", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["errors"][0]["pointer"] == "header/Koppel-Organisation"


async def test_a_persons_header_may_repeat_the_token(
    serve: Serve, router: APIRouter, issuer: TokenIssuer
) -> None:
    token = f"Bearer {issuer.person(organisation=ORGANISATION, now=NOW)}"
    async with serve(router) as client:
        for headers in ({}, {"Koppel-Organisation": str(ORGANISATION)}):
            answer = await client.get("/v1/sectors", headers={"Authorization": token} | headers)
            assert answer.json()[1] == str(ORGANISATION)


async def test_the_header_stands_in_the_openapi_document(serve: Serve, router: APIRouter) -> None:
    async with serve(router) as client:
        document = (await client.get("/openapi.json")).json()
    (parameter,) = document["paths"]["/v1/sectors"]["get"]["parameters"]
    assert (parameter["name"], parameter["in"]) == ("Koppel-Organisation", "header")
