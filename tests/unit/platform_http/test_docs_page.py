"""`/docs` works without the internet, under a policy that lets nothing else in."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
from fastapi import APIRouter

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


async def test_all_that_the_page_loads_is_served_here(serve: Serve) -> None:
    async with serve(APIRouter()) as client:
        page = await client.get("/docs")
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        answers = {each: await client.get(f"/{each}") for each in loaded if not each.startswith("data:")}
    assert page.headers["content-type"].startswith("text/html")
    assert answers.keys() == {"docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/page.js"}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert "SwaggerUIBundle" in answers["docs/swagger-ui-bundle.js"].text
    assert "://" not in page.text + answers["docs/page.js"].text


async def test_the_page_may_load_and_call_nothing_else(serve: Serve) -> None:
    async with serve(APIRouter()) as client:
        page = await client.get("/docs")
    policy = dict(each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert re.findall(r"<script>|<style>| on[a-z]+=", page.text) == []


async def test_the_page_reads_the_document_of_this_service(serve: Serve) -> None:
    async with serve(APIRouter()) as client:
        script = (await client.get("/docs/page.js")).text
        document = await client.get("/openapi.json")
    assert 'url: "openapi.json"' in script
    assert document.json()["openapi"].startswith("3.")
