"""What a browser brings back from a provider, before anything is known about it."""

import pytest
from starlette.requests import Request

from connection_svc.domain.login import COOKIE_PREFIX
from connection_svc.entrypoints.http.callback import callback_of
from koppel.testing.growth import grows_in_proportion


def request(*cookies: str, query: str = "state=s&code=c") -> Request:
    headers = [(b"cookie", text.encode()) for text in cookies]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": headers}
    )


def test_only_cookies_of_login_rounds_are_kept_as_they_were_set() -> None:
    found = callback_of(
        request(f"other=1; {COOKIE_PREFIX}a=A-b_9; x", f' {COOKIE_PREFIX}b=B=; theirs="q"'), "eaccounting"
    )
    assert found.cookies == {f"{COOKIE_PREFIX}a": "A-b_9", f"{COOKIE_PREFIX}b": "B="}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("before", ['a="', f'{COOKIE_PREFIX}a="', ""])
@pytest.mark.parametrize("piece", ["\\", '\\"', ";", "a=b;", "=", " ", f"{COOKIE_PREFIX}="])
def test_cookies_are_read_in_one_pass(piece: str, before: str) -> None:
    assert grows_in_proportion(lambda text: callback_of(request(f'{before}{text}"'), "eaccounting"), piece)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["code=c&", "%C3", "&", "+", "a%41"])
def test_a_query_is_read_in_one_pass(piece: str) -> None:
    def act(text: str) -> None:
        callback_of(request(query=f"state=s&{text}"), "eaccounting")

    assert grows_in_proportion(act, piece)
