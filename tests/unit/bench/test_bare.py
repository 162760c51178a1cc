"""The bare loops read what there is, all of it and once; a slow bare side would flatter ours."""

from collections.abc import Callable

import httpx
import orjson
import pytest
from tests.bench.bare import PAGE_SIZE, Listing, fetch_and_parse
from tests.bench.organisation import run_concurrently

Handler = Callable[[httpx.Request], httpx.Response]


def _provider(pages: int, asked: list[int]) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer issued"
        assert int(request.url.params["$pagesize"]) == PAGE_SIZE
        asked.append(int(request.url.params["$page"]))
        items = [{"Id": f"{asked[-1]}-{number}"} for number in range(3)]
        body = {"Meta": {"TotalNumberOfPages": pages}, "Data": items}
        return httpx.Response(200, content=orjson.dumps(body))

    return answer


@pytest.mark.parametrize("pages", [1, 4])
async def test_every_page_is_read_once(pages: int) -> None:
    asked: list[int] = []
    async with httpx.AsyncClient(transport=httpx.MockTransport(_provider(pages, asked))) as http:
        count = await fetch_and_parse(http, Listing("http://provider.test/v2/customers", "issued"))
    assert count == 3 * pages
    assert asked == list(range(1, pages + 1))


async def test_an_error_ends_the_loop_and_is_not_counted_as_a_page() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(429))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(httpx.HTTPStatusError):
            await fetch_and_parse(http, Listing("http://provider.test/v2/customers", "issued"))


async def test_work_concurrently_is_done_once_for_every_item() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        done.append(item)

    await run_concurrently(work, list(range(10)), 3)
    assert sorted(done) == list(range(10))
