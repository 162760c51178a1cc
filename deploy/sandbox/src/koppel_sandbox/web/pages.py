"""The pages of a login: plain HTML, one form each, no script. Usable by a person and by a program."""

from collections.abc import Iterable, Mapping
from html import escape

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · Sandbox eAccounting</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}}
label{{display:block;margin:.5rem 0}}input:not([type=radio]){{width:100%;padding:.4rem;box-sizing:border-box}}
button{{padding:.5rem 1rem;margin:1rem .5rem 0 0}}.wrong{{color:#a00}}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""


def _page(title: str, body: str) -> str:
    return _FRAME.format(title=escape(title), body=body)


def _form(action: str, login_id: str, inner: str) -> str:
    hidden = f'<input type="hidden" name="transaction" value="{escape(login_id)}">'
    return f'<form method="post" action="{action}">{hidden}{inner}</form>'


def login_page(login_id: str, message: str = "") -> str:
    wrong = f'<p class="wrong" role="alert">{escape(message)}</p>' if message else ""
    inner = (
        '<label>User name <input type="text" name="username" autocomplete="username" required></label>'
        '<label>Password <input type="password" name="password" autocomplete="current-password" required></label>'
        '<button type="submit">Log in</button>'
    )
    return _page("Log in", wrong + _form("/connect/authorize/login", login_id, inner))


def company_page(login_id: str, companies: Iterable[Mapping[str, str | None]], message: str = "") -> str:
    """`companies`: `id` and `name` of each."""
    wrong = f'<p class="wrong" role="alert">{escape(message)}</p>' if message else ""
    radios = "".join(
        f'<label><input type="radio" name="company" value="{escape(str(each["id"]))}" required> '
        f"{escape(str(each['name']))}</label>"
        for each in companies
    )
    button = '<button type="submit">Continue</button>'
    return _page("Choose a company", wrong + _form("/connect/authorize/company", login_id, radios + button))


def consent_page(login_id: str, client_id: str, company: str, scopes: Iterable[str]) -> str:
    asked = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    text = f"<p><b>{escape(client_id)}</b> asks for access to <b>{escape(company)}</b>:</p><ul>{asked}</ul>"
    buttons = (
        '<button type="submit" name="decision" value="allow">Allow</button>'
        '<button type="submit" name="decision" value="deny">Deny</button>'
    )
    return _page("Grant access", text + _form("/connect/authorize/consent", login_id, buttons))


def error_page(message: str) -> str:
    return _page("This login cannot go on", f'<p class="wrong" role="alert">{escape(message)}</p>')
