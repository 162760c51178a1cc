"""Every error becomes a problem with a stable code, and none repeats what the caller sent."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, Header
from pydantic import Field, SecretStr

from koppel.kernel.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InvalidInput,
    KoppelError,
    NotFound,
    Permanent,
    QuotaExceeded,
    Transient,
    Unauthenticated,
)
from koppel.platform.http import RequestModel

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


def raising(error: Exception) -> APIRouter:
    router = APIRouter()

    @router.get("/thing")
    async def thing() -> None:
        raise error

    return router


async def answer_to(serve: Serve, error: Exception) -> httpx.Response:
    async with serve(raising(error)) as client:
        return await client.get("/thing")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Transient("busy", "Try later."), 503),
        (QuotaExceeded("used_up", "There is more tomorrow."), 429),
        (InvalidInput("bad_number", "No.", [FieldError("/kvk_number", "8 digits")]), 422),
        (Unauthenticated("unauthenticated", "Who are you?"), 401),
        (Forbidden("forbidden", "You may not."), 403),
        (NotFound("connection", "x"), 404),
        (Conflict("stale_plan", "The world changed."), 409),
        (Permanent("refused", "No."), 400),
        (KoppelError("unsorted", "Outside the branches."), 500),
    ],
)
async def test_each_branch_of_the_error_tree_has_its_status(
    serve: Serve, error: KoppelError, status: int
) -> None:
    answer = await answer_to(serve, error)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:koppel:problem:{error.code}"
    assert (body["status"], body["code"], body["detail"]) == (status, error.code, error.detail)
    assert body["title"]


async def test_a_transient_error_says_when_to_try_again(serve: Serve) -> None:
    assert (await answer_to(serve, Transient("busy", "Later.", retry_after=17))).headers[
        "retry-after"
    ] == "17"
    assert int((await answer_to(serve, Transient("busy", "Later."))).headers["retry-after"]) > 0


async def test_an_unauthenticated_caller_is_told_the_scheme(serve: Serve) -> None:
    answer = await answer_to(serve, Unauthenticated("unauthenticated", "Who?"))
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_input_errors_name_each_field(serve: Serve) -> None:
    answer = await answer_to(
        serve, InvalidInput("bad", "No.", [FieldError("/a/0", "x"), FieldError("/b", "y", "too_long", 7)])
    )
    assert answer.json()["errors"] == [
        {"pointer": "/a/0", "message": "x", "code": "bad"},
        {"pointer": "/b", "message": "y", "code": "too_long", "limit": 7},
    ]


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError("canary"),
        asyncpg.CannotConnectNowError("canary"),
        asyncpg.InterfaceError("canary"),
        asyncpg.TooManyConnectionsError("canary"),
        asyncpg.AdminShutdownError("canary"),
        asyncpg.SerializationError("canary"),
        ConnectionRefusedError("canary"),
        TimeoutError("canary"),
    ],
)
async def test_a_database_that_is_away_is_a_503(serve: Serve, error: Exception) -> None:
    answer = await answer_to(serve, error)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "retry-after" in answer.headers
    assert "canary" not in answer.text


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("canary-secret"),
        asyncpg.UniqueViolationError("canary-secret"),
        asyncpg.exceptions._base.DataError("canary-secret"),
        FileNotFoundError("canary-secret"),
    ],
)
async def test_an_unexpected_error_tells_only_its_correlation_id(serve: Serve, error: Exception) -> None:
    answer = await answer_to(serve, error)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (500, "internal_error")
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    assert "canary" not in answer.text
    assert type(error).__name__ not in answer.text


class Sector(RequestModel):
    sbi_version: Literal["2025"]
    code: Annotated[str, Field(pattern="^[A-V]$")]


class ByNumber(RequestModel):
    kind: Literal["number"]
    number: Annotated[str, Field(pattern="^[0-9]{8}$")]


class ByReason(RequestModel):
    kind: Literal["reason"]
    reason: str


class Row(RequestModel):
    id: UUID
    sector: Sector
    profile: Annotated[ByNumber | ByReason, Field(discriminator="kind")]
    since: date
    count: Annotated[int, Field(ge=1)]
    secret: SecretStr
    which: Literal["all"] | list[UUID]


class Rows(RequestModel):
    items: list[Row]


@pytest.fixture
def rows() -> APIRouter:
    router = APIRouter()

    @router.put("/rows/{number}")
    async def put(
        number: int, body: Rows, limit: int = 1, x_tag: Annotated[str, Header(max_length=3)] = ""
    ) -> None: ...

    return router


GOOD = {
    "id": str(uuid4()),
    "sector": {"sbi_version": "2025", "code": "A"},
    "profile": {"kind": "number", "number": "01234567"},
    "since": "2026-01-01",
    "count": 1,
    "secret": "s",
    "which": "all",
}
CANARY = "canary-0451"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": CANARY}, "/items/0/id"),
        ({"sector": {"sbi_version": CANARY, "code": "A"}}, "/items/0/sector/sbi_version"),
        ({"sector": {"sbi_version": "2025", "code": CANARY}}, "/items/0/sector/code"),
        ({"sector": CANARY}, "/items/0/sector"),
        ({"profile": {"kind": CANARY}}, "/items/0/profile"),
        ({"profile": {"kind": "number", "number": CANARY}}, "/items/0/profile/number"),
        ({"since": CANARY}, "/items/0/since"),
        ({"count": CANARY}, "/items/0/count"),
        ({"secret": [CANARY]}, "/items/0/secret"),
        ({"which": [CANARY]}, "/items/0/which/0"),
        ({"unknown~field/x": CANARY}, "/items/0/unknown~0field~1x"),
    ],
)
async def test_a_bad_field_is_named_and_its_value_is_not_repeated(
    serve: Serve, rows: APIRouter, change: dict[str, object], pointer: str
) -> None:
    async with serve(rows) as client:
        answer = await client.put("/rows/1", json={"items": [GOOD | change]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("change", "code", "limit"),
    [
        ({"count": 0}, "greater_than_equal", 1),
        ({"count": CANARY}, "int_parsing", None),
        ({"id": CANARY}, "uuid_parsing", None),
        ({"sector": {"sbi_version": "2025", "code": CANARY}}, "string_pattern_mismatch", None),
    ],
)
async def test_a_bad_field_has_a_code_and_the_bound_that_it_broke(
    serve: Serve, rows: APIRouter, change: dict[str, object], code: str, limit: int | None
) -> None:
    async with serve(rows) as client:
        answer = await client.put("/rows/1", json={"items": [GOOD | change]})
        too_long = await client.put("/rows/1", json={"items": [GOOD]}, headers={"X-Tag": "1234"})
    [error] = answer.json()["errors"]
    assert (error["code"], error.get("limit")) == (code, limit)
    [error] = too_long.json()["errors"]
    assert (error["pointer"], error["code"], error["limit"]) == ("header/x-tag", "string_too_long", 3)


async def test_thousands_of_bad_rows_are_answered_with_the_first_thousand(
    serve: Serve, rows: APIRouter
) -> None:
    bad = "x" * 400_000
    async with serve(rows) as client:
        answer = await client.put("/rows/1", json={"items": [{}] * 9_000, bad: 1})
    errors = answer.json()["errors"]
    assert (answer.status_code, len(errors)) == (422, 1_000)
    assert max(len(error["pointer"]) for error in errors) < 300
    async with serve(rows) as client:
        named = await client.put("/rows/1", json={bad: 1})
    assert len(named.content) < 2_000


async def test_a_missing_field_is_named(serve: Serve, rows: APIRouter) -> None:
    async with serve(rows) as client:
        answer = await client.put("/rows/1", json={"items": [GOOD, GOOD | {"sector": {"code": "A"}}]})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/items/1/sector/sbi_version"]


async def test_bad_path_query_and_header_are_named_by_their_place(serve: Serve, rows: APIRouter) -> None:
    async with serve(rows) as client:
        answer = await client.put(
            f"/rows/{CANARY}?limit={CANARY}", json={"items": [GOOD]}, headers={"X-Tag": CANARY}
        )
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "path/number",
        "query/limit",
        "header/x-tag",
    }
    assert CANARY not in answer.text


@pytest.mark.parametrize("body", ["{", "nonsense", '{"items": [}', "\udcff", '{"items": NaN'])
async def test_broken_json_is_malformed(serve: Serve, rows: APIRouter, body: str) -> None:
    async with serve(rows) as client:
        answer = await client.put(
            "/rows/1",
            content=body.encode("utf-8", "surrogateescape"),
            headers={"Content-Type": "application/json"},
        )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_an_empty_body_is_a_missing_one(serve: Serve, rows: APIRouter) -> None:
    async with serve(rows) as client:
        answer = await client.put("/rows/1")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "")


async def test_an_unknown_route_and_a_wrong_method_have_their_own_codes(
    serve: Serve, rows: APIRouter
) -> None:
    async with serve(rows) as client:
        unknown, wrong = await client.get("/nowhere"), await client.delete("/rows/1")
        slash = await client.put("/rows/1/", json={"items": []})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "route_not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "PUT"
    assert slash.status_code == 404
