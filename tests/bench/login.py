"""A login at the sandbox without reading its pages: reading a selector of a thousand companies takes 0.1 s.

`koppel_sandbox.visitor` does it as a person would; here a thousand logins are only preparation.
"""

import re

import httpx

_TRANSACTION = re.compile(r'name="transaction" value="([^"]+)"')


async def log_in(http: httpx.AsyncClient, authorization_url: str, company: str) -> None:
    """Log in for the company, allow, and let the application's callback do its work.

    Raises `RuntimeError` when the login ends otherwise than authorized. `http` is not the client that began the
    login: the callback is visited without its cookie, which the local stack allows.
    """
    page = await http.get(authorization_url)
    found = _TRANSACTION.search(page.text)
    if found is None:
        raise RuntimeError(f"no login page: {page.status_code} {page.text[:200]}")
    place = page.url.copy_with(query=None)
    form = {"transaction": found[1]}
    await http.post(f"{place}/login", data={**form, "username": "demo", "password": "demo"})
    await http.post(f"{place}/company", data={**form, "company": company})
    allowed = await http.post(f"{place}/consent", data={**form, "decision": "allow"})
    back = await http.get(allowed.headers["Location"])
    if "outcome=authorized" not in back.headers.get("Location", ""):
        raise RuntimeError(f"the login ended otherwise: {back.status_code} {back.headers.get('Location')}")
