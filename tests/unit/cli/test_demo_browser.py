"""The demonstration's browser: forms filled in as a person does, up to the return URL."""

from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from koppel_local.demo.browser import Browser, Person
from koppel_local.demo.failure import Unexpected

RETURN = "http://127.0.0.1:3000/done"
SANNE = Person("sanne", "secret", "Bakkerij & Zonen")
LOGIN = """<h1>Log in</h1><form method="post" action="/login"><input type="hidden" name="t" value="1">
<input name="username"><input type="password" name="password"><button type="submit">Go</button></form>"""
COMPANY = """<form method="POST" action="company"><input type="hidden" name="t" value="2">
<label><input type="radio" name="company" value="a"> Slagerij</label>
<label><input type="radio" name="company" value="b"> Bakkerij &amp; Zonen</label></form>"""
CONSENT = """<form method="post" action="/consent"><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form>"""


def browser(pages: dict[str, str], sent: dict[str, dict[str, list[str]]]) -> Browser:
    """Pages by path; `/consent` ends the login over a callback."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            sent[path] = parse_qs(request.content.decode())
        if path == "/consent":
            return httpx.Response(303, headers={"Location": "/callback?code=1"})
        if path == "/callback":
            cookie = request.headers.get("Cookie", "none")
            return httpx.Response(303, headers={"Location": f"{RETURN}?outcome=authorized&cookie={cookie}"})
        return httpx.Response(200, html=pages[path])

    return Browser(RETURN, transport=httpx.MockTransport(answer))


def test_a_login_is_followed_to_the_return_url() -> None:
    sent: dict[str, dict[str, list[str]]] = {}
    person = browser({"/": LOGIN, "/login": COMPANY, "/company": CONSENT}, sent)
    back = person.log_in("http://provider.test/", SANNE)
    assert back == {"outcome": "authorized", "cookie": "none"}
    assert sent == {
        "/login": {"t": ["1"], "username": ["sanne"], "password": ["secret"]},
        "/company": {"t": ["2"], "company": ["b"]},
        "/consent": {"decision": ["allow"]},
    }


def test_cookies_of_the_persons_own_page_are_sent_back() -> None:
    person = browser({"/": CONSENT}, {})
    request = httpx.Request("POST", "http://provider.test/v1/connections")
    person.receive_cookies(httpx.Response(201, headers={"Set-Cookie": "login=7; Path=/"}, request=request))
    assert person.log_in("http://provider.test/", SANNE)["cookie"] == "login=7"


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ({"/": "<h1>Out of order</h1>"}, "a page with a form"),
        ({"/": COMPANY.replace("Bakkerij", "Bloemist")}, "a radio button 'Bakkerij & Zonen'"),
        ({"/": CONSENT.replace("allow", "maybe")}, "a button allow"),
        ({"/": LOGIN, "/login": LOGIN}, "the login to end"),
    ],
)
def test_a_login_that_goes_otherwise_is_unexpected(pages: dict[str, str], expected: str) -> None:
    with pytest.raises(Unexpected) as failed:
        browser(pages, {}).log_in("http://provider.test/", SANNE)
    assert failed.value.expected == expected


def test_the_words_of_a_refusal_are_told() -> None:
    refuse: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(400, html="<p>Expired.</p>")  # noqa: E731
    with pytest.raises(Unexpected, match=r"400 from /: Expired\."):
        Browser(RETURN, transport=httpx.MockTransport(refuse)).log_in("http://provider.test/", SANNE)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(SANNE)
