"""This service's own token for calls to others."""

from pathlib import Path

import httpx
import pytest

from koppel.kernel.errors import Transient
from koppel.platform.identity import ServiceToken


async def test_a_replaced_token_is_used_at_the_next_call(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200)

    async with httpx.AsyncClient(
        auth=ServiceToken(path), transport=httpx.MockTransport(answer), base_url="http://connection.test"
    ) as client:
        await client.get("/")
        path.write_text("second token")
        await client.get("/")
    assert seen == ["Bearer first", "Bearer second token"]


@pytest.mark.parametrize("content", [None, "", "  \n", "tokén"])
def test_without_a_token_the_call_is_tried_later(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(Transient) as caught:
        ServiceToken(path).bearer()
    assert caught.value.code == "service_token_unavailable"


def test_the_token_is_not_in_its_text_form(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("canary")
    token = ServiceToken(path)
    token.bearer()
    assert "canary" not in f"{token!r} {token}"
