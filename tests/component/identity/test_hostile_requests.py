"""What nobody sends who means well: every endpoint answers it, and none by failing."""

import pytest

from koppel_identity.claims import DEFAULT_ISSUER

from .conftest import Identity

TEXTS = (
    "",
    "a" * 1000,
    "\0",
    "\ud7ff\U0010ffff",
    "’; drop table login; --",
    "../../etc/passwd",
    "{{ 7 * 7 }}",
    "<script>alert(1)</script>",
    "%00%ff",
    "a\r\nset-cookie: x=y",
    "-1e999",
)
GETS = (
    "/oauth/authorize?client_id=koppel-console&redirect_uri=http://127.0.0.1/&state={}",
    "/oauth/authorize?client_id={0}&redirect_uri={0}",
    "/oauth/end_session?id_token_hint={0}&post_logout_redirect_uri={0}",
    "/device?user_code={}",
    "/login/{}",
    "/login/{}/person",
    "/?lang={}",
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_pages_and_endpoints_refuse_or_show_it_as_text(identity: Identity, text: str) -> None:
    place = (await identity.begin()).headers["location"]
    for path in (*GETS, f"{place}?q={{}}", f"{place}?organisation={{}}", f"{place}?lang={{}}"):
        url = identity.browser.base_url.copy_with(raw_path=path.split("?")[0].format("x").encode())
        query = path.partition("?")[2]
        params = {name: text for name, _, _ in (each.partition("=") for each in query.split("&") if each)}
        answer = await identity.browser.get(url, params=params)
        assert answer.status_code < 500, path
        assert "<script" not in answer.text
        assert "set-cookie: x" not in str(answer.headers)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_forms_refuse_it(identity: Identity, text: str) -> None:
    place = (await identity.begin()).headers["location"]
    _, csrf = await identity.page(place)
    names = (
        "code",
        "code_verifier",
        "refresh_token",
        "device_code",
        "user_code",
        "scope",
        "token",
        "name",
        "person",
        "email",
        "operator",
        "organisation",
        "redirect_uri",
    )
    form = dict.fromkeys(names, text)
    grants = ("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", text)
    for grant in grants:
        given = {**form, "client_id": "koppel-cli", "grant_type": grant}
        assert (await identity.browser.post("/oauth/token", data=given)).status_code == 400
    for path in ("/oauth/device_authorization", "/oauth/revoke", "/oauth/end_session", "/device"):
        answer = await identity.browser.post(path, data={**form, "client_id": "koppel-cli"})
        assert answer.status_code < 500, path
    for kind in ("person", "organisation"):
        answer = await identity.browser.post(f"{place}/{kind}", data={**form, "csrf": csrf})
        assert answer.status_code in {200, 413, 422}, kind
    assert identity.neighbours.told == []


async def test_who_types_the_address_alone_gets_the_page_for_a_code(identity: Identity) -> None:
    answer = await identity.browser.get(DEFAULT_ISSUER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/device")
