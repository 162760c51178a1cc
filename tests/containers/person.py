"""A person with a browser: logs in at the issuer, looks at pages, logs out. A program, to be run beside the engine.

    python -m tests.containers.person CONSOLE_URL NAME   print the titles of what was seen, a JSON list

Exit code 1 with one line when a page is not what it should be.
"""

import json
import sys
from urllib.parse import urljoin

import httpx
from tests.component.console.browser import Form, Page

_AT_ORGANISATIONS = ("/connections", "/administrations", "/reauthorizations")
_AT_OPERATORS = ("/ops/consumers", "/ops/causes", "/ops/freshness", "/ops/organisations")
_NOT_WELL = ('class="stale"', 'class="notice bad', 'class="notice forbidden"')
"""How a page says that a service is silent, fails, or refuses."""


class Person:
    """With cookies of a browser of their own, at `console` and wherever that leads them."""

    def __init__(self, console: str) -> None:
        self._console = console
        self._http = httpx.Client(trust_env=False, follow_redirects=True, timeout=30)
        self.seen: list[str] = []

    def visit(self, path: str) -> Page:
        """The page at the end of all redirects. Raises RuntimeError where it is no page."""
        return self._page(self._http.get(urljoin(self._console, path)))

    def log_in(self, to: str, form: str, **filled: str) -> Page:
        """On the way to a page of the console, by that form of the issuer's first page."""
        page = self.visit(to)
        arrived = self.send(page, page.form(form), **filled)
        if not str(arrived.answer.url).startswith(self._console):
            raise RuntimeError(f"the login leads to {arrived.answer.url}")
        return arrived

    def send(self, page: Page, form: Form, **filled: str) -> Page:
        given = {**dict(form.fields), **filled}
        origin = str(page.answer.url.copy_with(raw_path=b"/"))[:-1]
        where = urljoin(str(page.answer.url), form.action)
        return self._page(self._http.post(where, data=given, headers={"Origin": origin}))

    def _page(self, answer: httpx.Response) -> Page:
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{answer.url} answers {answer.status_code}")
        for mark in _NOT_WELL:
            if mark in answer.text:
                raise RuntimeError(f"{answer.url} has {mark}{answer.text.partition(mark)[2][:300]}")
        page = Page(answer)
        self.seen.append(answer.text.partition("<title>")[2].partition("</title>")[0])
        return page


def main(console: str, name: str) -> None:
    organisation = Person(console)
    first = organisation.log_in("/", "/organisation", name=name, person="Anna", email="anna@office.example")
    if name not in first.words:
        raise RuntimeError(f"the console does not say {name!r} to who logged in")
    for path in _AT_ORGANISATIONS:
        organisation.visit(path)
    operator = Person(console)
    operator.log_in("/ops", "/operator", operator="Olga")
    for path in _AT_OPERATORS:
        operator.visit(path)
    print(json.dumps(organisation.seen + operator.seen))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (RuntimeError, httpx.HTTPError, IndexError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
