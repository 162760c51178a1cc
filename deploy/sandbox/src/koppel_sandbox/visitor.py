"""A person at the login pages, as a program: reads each form, fills it in, sends it. For demos and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPMessage
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPRedirectHandler, Request, build_opener

Form = Mapping[str, str | Sequence[str]]
_SECONDS = 30


class LoginFailedError(Exception):
    """The pages ended somewhere else than at the client's redirect; the text is what the last page said."""


@dataclass(slots=True)
class _Page:
    url: str
    action: str | None = None
    hidden: dict[str, str] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    companies: list[str] = field(default_factory=list)
    message: str = ""


class _Reader(HTMLParser):
    def __init__(self, page: _Page) -> None:
        super().__init__()
        self._page = page
        self._in_message = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._page.action = urljoin(self._page.url, given.get("action", ""))
        elif tag == "input" and given.get("type") == "hidden":
            self._page.hidden[name] = given.get("value", "")
        elif tag in {"input", "button"} and name:
            self._page.fields.add(name)
            if name == "company":
                self._page.companies.append(given.get("value", ""))
        self._in_message = given.get("role") == "alert"

    def handle_data(self, data: str) -> None:
        if self._in_message:
            self._page.message += data


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(
        self, _req: Request, _fp: IO[bytes], _code: int, _msg: str, _headers: HTTPMessage, _newurl: str
    ) -> None:
        return None


_opener = build_opener(_NoRedirect)


def _fetch(url: str, form: Form | None = None) -> _Page | str:
    """A page, or where a redirect leads."""
    if not url.startswith(("http://", "https://")):
        raise LoginFailedError(f"not a web address: {url}")
    body = None if form is None else urlencode(form, doseq=True).encode()
    request = Request(url, body)  # noqa: S310  (the scheme is checked above)
    try:
        with _opener.open(request, timeout=_SECONDS) as response:
            text = response.read().decode()
    except HTTPError as error:
        with error:
            if error.code in {302, 303}:
                return urljoin(url, str(error.headers["Location"]))
            text = error.read().decode("utf-8", "replace")
    page = _Page(url)
    _Reader(page).feed(text)
    return page


def log_in(
    authorization_url: str,
    *,
    username: str = "demo",
    password: str = "demo",  # noqa: S107  (the sandbox's own demonstration user)
    company: str | int = 0,
    decision: str = "allow",
    without: Sequence[str] = (),
) -> str:
    """Walks through the pages and returns the URL the provider sends the browser to; it is not visited.

    `company` is an id, or a position in the selector; `without` are companies that the consent leaves out, where
    the page asks. Raises LoginFailedError when a page cannot be passed.
    """
    step = _fetch(authorization_url)
    sent: set[str] = set()
    while isinstance(step, _Page):
        if step.action is None:
            raise LoginFailedError(step.message or "a page without a form")
        answers = _answers(
            step, username=username, password=password, company=company, decision=decision, without=without
        )
        if not answers or set(answers) <= sent:
            raise LoginFailedError(step.message or f"the form of {step.url} came back")
        sent |= set(answers)
        step = _fetch(step.action, {**step.hidden, **answers})
    return step


def _answers(
    page: _Page, *, username: str, password: str, company: str | int, decision: str, without: Sequence[str]
) -> Form:
    if "username" in page.fields:
        return {"username": username, "password": password}
    if "company" in page.fields:
        if isinstance(company, str):
            return {"company": company}
        if company >= len(page.companies):
            raise LoginFailedError(f"the selector offers {len(page.companies)} companies")
        return {"company": page.companies[company]}
    left_out: Form = {"without": without} if "without" in page.fields else {}
    return {"decision": decision, **left_out} if "decision" in page.fields else {}
