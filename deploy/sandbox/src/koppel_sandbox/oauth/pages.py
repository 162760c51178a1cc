"""The pages of a login: plain HTML, one form each, no script. Usable by a person and by a program."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from koppel_sandbox.provider import Answer

_HTML = "text/html; charset=utf-8"
_HEADERS = (("cache-control", "no-store"), ("referrer-policy", "no-referrer"))

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · Sandbox {provider}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}}
label{{display:block;margin:.5rem 0}}input:not([type=radio]){{width:100%;padding:.4rem;box-sizing:border-box}}
button{{padding:.5rem 1rem;margin:1rem .5rem 0 0}}.wrong{{color:#a00}}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""


@dataclass(frozen=True, slots=True)
class Pages:
    """`provider` is the name that people read; `place` the path that the forms are sent to, each to a step below it."""

    provider: str
    place: str

    def login(self, login_id: str, message: str = "") -> Answer:
        inner = (
            '<label>User name <input type="text" name="username" autocomplete="username" required></label>'
            "<label>Password "
            '<input type="password" name="password" autocomplete="current-password" required></label>'
            '<button type="submit">Log in</button>'
        )
        status = 401 if message else 200
        return self._page("Log in", _wrong(message) + self._form("login", login_id, inner), status)

    def company(
        self, login_id: str, companies: Iterable[Mapping[str, str | None]], message: str = ""
    ) -> Answer:
        """`companies`: `id` and `name` of each."""
        radios = "".join(
            f'<label><input type="radio" name="company" value="{escape(str(each["id"]))}" required> '
            f"{escape(str(each['name']))}</label>"
            for each in companies
        )
        button = '<button type="submit">Continue</button>'
        form = self._form("company", login_id, radios + button)
        return self._page("Choose a company", _wrong(message) + form, 400 if message else 200)

    def consent(
        self, login_id: str, client_id: str, companies: str, scopes: Iterable[str], inner: str = ""
    ) -> Answer:
        """`inner`: more fields of the form, as HTML."""
        asked = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
        text = f"<p><b>{escape(client_id)}</b> asks for access to <b>{escape(companies)}</b>:</p><ul>{asked}</ul>"
        buttons = (
            '<button type="submit" name="decision" value="allow">Allow</button>'
            '<button type="submit" name="decision" value="deny">Deny</button>'
        )
        return self._page("Grant access", text + self._form("consent", login_id, inner + buttons))

    def error(self, message: str) -> Answer:
        return self._page("This login cannot go on", _wrong(message), 400)

    def expired(self) -> Answer:
        return self.error("This login has expired or was not begun. Start again at the application.")

    def _page(self, title: str, body: str, status: int = 200) -> Answer:
        text = _FRAME.format(title=escape(title), provider=escape(self.provider), body=body)
        return Answer(status, text.encode(), _HEADERS, _HTML)

    def _form(self, step: str, login_id: str, inner: str) -> str:
        hidden = f'<input type="hidden" name="transaction" value="{escape(login_id)}">'
        return f'<form method="post" action="{escape(self.place)}/{step}">{hidden}{inner}</form>'


def redirect(location: str) -> Answer:
    return Answer(303, b"", (("location", location), *_HEADERS), None)


def _wrong(message: str) -> str:
    return f'<p class="wrong" role="alert">{escape(message)}</p>' if message else ""
