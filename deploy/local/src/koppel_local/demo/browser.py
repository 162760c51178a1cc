"""A person's browser, as far as a login needs one: pages, forms, redirects and cookies."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from koppel_local.demo.failure import Unexpected

_MOST_PAGES = 20


@dataclass(slots=True)
class Choice:
    """One radio button, and the words beside it."""

    value: str
    label: str


@dataclass(slots=True)
class Form:
    """The page's `<form method="post">`."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    """Names of the fields to fill in."""
    choices: dict[str, list[Choice]] = field(default_factory=dict)
    """Radio buttons by name."""
    buttons: dict[str, list[str]] = field(default_factory=dict)
    """Values of the named submit buttons, by name."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a person does at the provider: who logs in, the words beside the company to choose, the decision."""

    username: str
    password: str = field(repr=False)
    company: str
    decision: str = "allow"


class Browser:
    """Cookies are kept; the way ends where a redirect leads to the return URL, which is not visited."""

    def __init__(self, return_url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.return_url = return_url
        self._http = httpx.Client(follow_redirects=False, timeout=30.0, trust_env=False, transport=transport)

    def receive_cookies(self, answer: httpx.Response) -> None:
        """Cookies of a call that the person's own page made."""
        self._http.cookies.update(answer.cookies)

    def log_in(self, url: str, person: Person) -> dict[str, str]:
        """Follow the pages from an authorization URL; returns the query that the return URL was given."""
        answer = self._http.get(url)
        for _ in range(_MOST_PAGES):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["Location"])
                if target.startswith(self.return_url):
                    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
                answer = self._http.get(target)
            else:
                form = _form(answer)
                data = {**form.hidden, **_filled_in(form, person)}
                answer = self._http.post(urljoin(str(answer.url), form.action), data=data)
        raise Unexpected("the login to end", f"page after page, the last one {answer.url.path}")

    def close(self) -> None:
        self._http.close()


def _form(page: httpx.Response) -> Form:
    reader = _Reader()
    reader.feed(page.text)
    if page.status_code != httpx.codes.OK or reader.form is None:
        came = f"{page.status_code} from {page.url.path}: {' '.join(reader.words)[:300]}"
        raise Unexpected("a page with a form", came)
    return reader.form


def _filled_in(form: Form, person: Person) -> dict[str, str]:
    typed = {"username": person.username, "password": person.password}
    data = {name: typed[name] for name in form.fields if name in typed}
    for name, choices in form.choices.items():
        data[name] = _chosen(choices, person.company)
    for name, values in form.buttons.items():
        if person.decision not in values:
            raise Unexpected(f"a button {person.decision}", ", ".join(values))
        data[name] = person.decision
    if not data:
        raise Unexpected("a form that a person can fill in", f"fields {form.fields}")
    return data


def _chosen(choices: list[Choice], label: str) -> str:
    for choice in choices:
        if choice.label == label:
            return choice.value
    raise Unexpected(f"a radio button {label!r}", ", ".join(choice.label for choice in choices))


class _Reader(HTMLParser):
    """Reads the first form, and the words of the page for when there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self.words: list[str] = []
        self._radio: Choice | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post" and self.form is None:
            self.form, self._inside = Form(action=given.get("action", "")), True
        elif self.form is not None and self._inside and given.get("name"):
            self._control(self.form, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value, kind = given["name"], given.get("value", ""), given.get("type", "text")
        if tag == "button" or kind == "submit":
            form.buttons.setdefault(name, []).append(value)
        elif kind == "hidden":
            form.hidden[name] = value
        elif kind == "radio":
            self._radio = Choice(value, "")
            form.choices.setdefault(name, []).append(self._radio)
        elif tag == "input":
            form.fields.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._radio = None
        if tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if words := data.strip():
            self.words.append(words)
            if self._radio is not None:
                self._radio.label = f"{self._radio.label} {words}".strip()
