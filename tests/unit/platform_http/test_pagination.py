"""Pages by key: nothing twice, nothing left out, no cursor of another list."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter

from koppel.kernel.errors import InvalidInput
from koppel.platform.http import (
    Page,
    PageParams,
    PageQuery,
    TextPageQuery,
    TextPairPageQuery,
    decode_cursor,
    encode_cursor,
    paginate,
)

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def numbers() -> APIRouter:
    router = APIRouter()

    @router.get("/numbers")
    async def listing(page: PageQuery) -> Page[str]:
        after = page.after(int)
        rows = [number for number in range(120) if after is None or number > after[0]][: page.fetch]
        return paginate(rows, page, item=str, key=lambda number: (number,))

    return router


async def test_walking_the_pages_gives_every_item_once(serve: Serve, numbers: APIRouter) -> None:
    seen, sizes, cursor = [], [], None
    async with serve(numbers) as client:
        while True:
            answer = (await client.get("/numbers", params={"cursor": cursor} if cursor else {})).json()
            seen += answer["items"]
            sizes.append(len(answer["items"]))
            cursor = answer["next_cursor"]
            if cursor is None:
                break
    assert seen == [str(number) for number in range(120)]
    assert sizes == [50, 50, 20]


async def test_a_last_page_that_is_full_has_no_next(serve: Serve, numbers: APIRouter) -> None:
    async with serve(numbers) as client:
        answer = (await client.get("/numbers", params={"limit": 120})).json()
    assert (len(answer["items"]), answer["next_cursor"]) == (120, None)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
async def test_a_limit_out_of_bounds_is_refused(serve: Serve, numbers: APIRouter, limit: str) -> None:
    async with serve(numbers) as client:
        answer = await client.get("/numbers", params={"limit": limit})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/limit")


@pytest.mark.parametrize(
    "cursor", ["x", "", "!!!!", "e30", "MQ", "WyJhIl0", "WzEsMl0", "W10", "W251bGxd", "é", "A" * 1_001]
)
async def test_a_cursor_that_this_list_did_not_give_is_refused(
    serve: Serve, numbers: APIRouter, cursor: str
) -> None:
    async with serve(numbers) as client:
        answer = await client.get("/numbers", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query/cursor"


def test_keys_come_back_in_their_types() -> None:
    at, identifier = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), uuid4()
    page = PageParams(encode_cursor(at, identifier))
    assert page.after(datetime, UUID) == (at, identifier)
    assert PageParams().after(UUID) is None


def test_a_cursor_of_other_keys_is_no_cursor_of_this_list() -> None:
    with pytest.raises(InvalidInput) as caught:
        decode_cursor(encode_cursor(uuid4()), UUID, UUID)
    assert caught.value.code == "invalid_cursor"


@pytest.mark.parametrize("text", ["a", "/", "é/ü", '["koppel.sync.v1", ""]', "a//b", "WyJhIl0"])
def test_every_text_that_the_document_allows_is_a_place(text: str) -> None:
    assert decode_cursor(text, str) == (text,)
    if "/" in text:
        assert encode_cursor(*decode_cursor(text, str, str)) == text


async def test_the_document_says_what_a_cursor_of_each_list_looks_like(serve: Serve) -> None:
    router = APIRouter()

    @router.get("/ids")
    async def ids(page: PageQuery) -> None: ...

    @router.get("/texts")
    async def texts(page: TextPageQuery) -> None: ...

    @router.get("/pairs")
    async def pairs(page: TextPairPageQuery) -> None: ...

    async with serve(router) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    shapes = {path: item["get"]["parameters"][0]["schema"] for path, item in paths.items()}
    assert shapes["/ids"]["format"] == "uuid"
    assert shapes["/texts"]["pattern"] == r"^[^\x00]*$"
    assert shapes["/pairs"]["pattern"] == r"^[^/\x00]*/[^\x00]*$"
    assert {shape["type"] for shape in shapes.values()} == {"string"}
