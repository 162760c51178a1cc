"""A person's browser without JavaScript: pages, cookies, and forms filled in by name."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx

_VOID = {"input", "meta", "link", "br", "hr", "img"}


@dataclass(slots=True)
class Form:
    """One form of a page, with what a browser would send of it."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page's forms, links and words."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.status = answer.status_code
        self.answer = answer
        self.html = answer.text
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.texts: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._area: str | None = None
        self._link: str | None = None
        self.feed(answer.text)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def form(self, action: str, number: int = 0) -> Form:
        """The form whose action ends so."""
        return [each for each in self.forms if each.action.endswith(action)][number]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif tag == "a":
            self._link = given.get("href", "")
        elif self._form is not None:
            self._control(self._form, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "button" and name:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given):
            form.fields.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area = name
        elif tag == "input" and name and (kind not in {"checkbox", "radio"} or "checked" in given):
            form.fields.append((name, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "a":
            self._link = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._link is not None and data.strip():
            self.links[" ".join(data.split())] = self._link


class Browser:
    """Visits the console; `post` sends a form as it stands on the page, with some fields filled in otherwise."""

    def __init__(self, app: Any, base: str = "http://127.0.0.1:8180", **headers: str) -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=base, headers=headers
        )

    async def get(self, path: str, **headers: str) -> Page:
        return Page(await self._followed(await self.http.get(path, headers=headers)))

    async def post(self, form: Form, *button: str, **filled: str | list[str]) -> Page:
        """`filled` replaces fields by name; a list puts several."""
        kept = [(name, value) for name, value in form.fields if name not in filled]
        given = [
            (name, each)
            for name, value in filled.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        pressed = [(name, value) for name, value in form.buttons if value in button]
        return await self.send(form.action, [*kept, *given, *pressed])

    async def send(self, path: str, pairs: list[tuple[str, str]], **headers: str) -> Page:
        whole = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return Page(await self._followed(await self.http.post(path, content=urlencode(pairs), headers=whole)))

    async def _followed(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(5):
            where = answer.headers.get("location", "")
            if answer.status_code != 303 or not where.startswith("/"):
                break
            answer = await self.http.get(where)
        return answer
