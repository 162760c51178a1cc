"""The pages of a login: whose they are, what they let through, and what stands in them."""

from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from koppel_identity.web.texts import EN, NL

from .conftest import ORGANISATION, PERSON, Identity

SANNE = {"organisation": str(ORGANISATION), "person": str(PERSON)}


async def test_foreign_text_is_shown_as_text(identity: Identity) -> None:
    place = (await identity.begin()).headers["location"]
    text, _ = await identity.page(place)
    assert "Kantoor &lt;b&gt;Noord&lt;/b&gt;" in text
    assert "<b>" not in text
    found, _ = await identity.page(f'{place}?q="><script>')
    assert "<script" not in found


async def test_a_page_has_no_script_and_a_policy_that_forbids_any(identity: Identity) -> None:
    answer = await identity.browser.get((await identity.begin()).headers["location"])
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:8180;" in policy, "browsers ask it for the redirect, too"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


async def test_another_browser_cannot_go_on_with_a_login(identity: Identity) -> None:
    place = (await identity.begin()).headers["location"]
    _, csrf = await identity.page(place)
    identity.browser.cookies.clear()
    assert (await identity.browser.get(place)).status_code == 400
    await identity.begin()
    answer = await identity.browser.post(f"{place}/person", data={"csrf": csrf, **SANNE})
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("kind", ["person", "organisation", "operator", "cancel"])
async def test_a_form_of_another_page_is_refused(identity: Identity, kind: str) -> None:
    place = (await identity.begin()).headers["location"]
    _, csrf = await identity.page(place)
    _, of_another_login = await identity.page((await identity.begin()).headers["location"])
    form = {**SANNE, "operator": "Jan", "name": "Kantoor", "email": "a@b.example"}

    async def sent(token: str | None, **headers: str) -> httpx.Response:
        told = form if token is None else {**form, "csrf": token}
        return await identity.browser.post(f"{place}/{kind}", data=told, headers=headers)

    for token in (None, "", "made-up", of_another_login):
        assert (await sent(token)).status_code == 400
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        assert (await sent(csrf, origin=origin)).status_code == 400
    text = f"csrf={csrf}&person={PERSON}&organisation={ORGANISATION}&operator=Jan"
    plain = await identity.browser.post(
        f"{place}/{kind}", content=text, headers={"content-type": "text/plain"}
    )
    assert plain.status_code == 400
    assert identity.neighbours.told == []


async def test_a_login_ends_once(identity: Identity) -> None:
    begun = await identity.begin()
    assert (await identity.choose(begun=begun)).status_code == 303
    answer = await identity.browser.post(f"{begun.headers['location']}/person", data=SANNE)
    assert answer.status_code == 400


async def test_a_login_that_was_left_alone_expires(identity: Identity) -> None:
    place = (await identity.begin()).headers["location"]
    identity.now += 601
    assert (await identity.browser.get(place)).status_code == 400


@pytest.mark.parametrize(
    "form",
    [
        {"organisation": str(ORGANISATION), "person": "nobody"},
        {"organisation": str(ORGANISATION), "person": str(ORGANISATION)},
        {"organisation": str(PERSON), "person": str(PERSON)},
        {"organisation": "", "person": ""},
    ],
)
async def test_only_people_of_the_directory_log_in(identity: Identity, form: dict[str, str]) -> None:
    answer = await identity.choose("person", form)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"name": "n" * 201},
        {"name": "a\nb"},
        {"person": ""},
        {"email": "nobody"},
        {"email": "a@b@c.example"},
        {"email": "a b@c.example"},
        {"email": "a@example"},
    ],
)
async def test_a_new_organisation_needs_names_and_an_address(
    identity: Identity, changed: dict[str, str]
) -> None:
    form = {"name": "Kantoor Zuid", "person": "Piet", "email": "piet@zuid.example", **changed}
    answer = await identity.choose("organisation", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "piet@zuid.example" in answer.text or "email" in changed, "what was typed is still there"
    assert identity.neighbours.told == []


async def test_while_services_are_away_what_was_made_here_can_be_chosen(identity: Identity) -> None:
    identity.neighbours.away = True
    form = {"name": "Kantoor Zuid", "person": "Piet", "email": "piet@zuid.example"}
    assert (await identity.choose("organisation", form)).status_code == 303
    place = (await identity.begin()).headers["location"]
    text, _ = await identity.page(place)
    assert NL["services_away"] in text
    assert "Kantoor Zuid" in text
    made = text.partition("?organisation=")[2][:36]
    people, _ = await identity.page(f"{place}?organisation={made}")
    assert "piet@zuid.example" in people
    identity.neighbours.away = False
    await identity.page(f"{place}?organisation={made}")
    assert [path for path, _, _ in identity.neighbours.told][1:] == ["/v1/organisation"]


@pytest.mark.parametrize(
    "says",
    [
        "silence",
        "<html>",
        "[]",
        '{"items": 1}',
        '{"items": ["x"]}',
        '{"items": [{}]}',
        '{"items": [{"id": "1"}]}',
        '{"items": [{"id": 1}], "next_cursor": "again"}',
    ],
)
async def test_services_that_are_silent_or_answer_garbage_are_taken_as_away(
    identity: Identity, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koppel_identity.directory.services.PATIENCE", 0.02)
    identity.neighbours.says = says
    form = {"name": "Kantoor Zuid", "person": "Piet", "email": "piet@zuid.example"}
    assert (await identity.choose("organisation", form)).status_code == 303
    place = (await identity.begin()).headers["location"]
    text, _ = await identity.page(place)
    assert NL["services_away"] in text
    people, _ = await identity.page(f"{place}?organisation={text.partition('?organisation=')[2][:36]}")
    assert NL["services_away"] in people


async def test_who_left_the_directory_does_not_come_back_from_here(identity: Identity) -> None:
    form = {"name": "Kantoor Zuid", "person": "Piet", "email": "piet@zuid.example"}
    await identity.choose("organisation", form)
    made = str(identity.neighbours.told[0][2]["org"])
    place = (await identity.begin()).headers["location"]
    people, _ = await identity.page(f"{place}?organisation={made}")
    assert "piet@zuid.example" not in people, "the services were told, and do not have Piet any more"


async def test_pages_speak_dutch_and_english(identity: Identity) -> None:
    assert NL.keys() == EN.keys()
    place = (await identity.begin()).headers["location"]
    assert NL["new_organisation"] in (await identity.page(place))[0]
    await identity.browser.get(f"{place}?lang=en")
    text, _ = await identity.page(place)
    assert EN["new_organisation"] in text
    assert '<html lang="en">' in text
    asked = (await identity.begin(ui_locales="de en-GB nl")).headers["location"]
    assert EN["new_organisation"] in (await identity.page(asked))[0]
    await identity.browser.get(f"{asked}?lang=tlh")
    assert EN["new_organisation"] in (await identity.page(asked))[0]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8170", "127.0.0.1.evil.example", "evil.example@127.0.0.1", ""]
)
async def test_a_name_that_somebody_made_point_here_is_refused(identity: Identity, host: str) -> None:
    for path in ("/.well-known/openid-configuration", "/device", "/oauth/jwks"):
        assert (await identity.browser.get(path, headers={"host": host})).status_code == 421


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8170", "localhost:1", "LOCALHOST", "[::1]:8170", "[::1]", "identity:8080"]
)
async def test_loopback_and_names_that_were_given_are_answered(identity: Identity, host: str) -> None:
    assert (await identity.browser.get("/oauth/jwks", headers={"host": host})).status_code == 200


async def test_a_body_is_small(identity: Identity) -> None:
    async def chunks() -> object:
        for _ in range(20):
            yield b"a" * 1024

    form = {"content-type": "application/x-www-form-urlencoded"}
    for content in (b"a" * 20_000, chunks()):
        answer = await identity.browser.post("/oauth/token", content=content, headers=form)  # type: ignore[arg-type]
        assert answer.status_code == 413


async def test_a_parameter_comes_once(identity: Identity) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await identity.browser.post(
        "/oauth/token", content=b"client_id=koppel-cli&client_id=koppel-console", headers=form
    )
    assert answer.json()["error"] == "invalid_request"
    twice = await identity.browser.get("/oauth/authorize?client_id=koppel-cli&client_id=koppel-console")
    assert twice.status_code == 400


async def test_of_very_many_people_some_are_shown_and_a_search_finds_the_others(identity: Identity) -> None:
    identity.neighbours.people |= {
        str(uuid4()): {
            "name": f"Medewerker {number:04}",
            "email": f"m{number}@kantoor.example",
            "role": "user",
        }
        for number in range(1_000)
    }
    place = (await identity.begin()).headers["location"]
    text, _ = await identity.page(f"{place}?organisation={ORGANISATION}")
    assert text.count('name="person"') == 600
    assert NL["more"] in text
    found, csrf = await identity.page(f"{place}?organisation={ORGANISATION}&q=m987@kantoor")
    assert "Medewerker 0987" in found
    assert (found.count('name="person"'), NL["more"] in found, 'name="q"' in found) == (1, False, True)
    chosen = found.partition('name="person" value="')[2].partition('"')[0]
    form = {"csrf": csrf, "organisation": str(ORGANISATION), "person": chosen}
    assert (await identity.browser.post(f"{place}/person", data=form)).status_code == 303


@pytest.mark.parametrize("text", ["nobody of that name", '"><script>', "%", "x" * 5_000])
async def test_a_search_for_nobody_says_so_and_is_text(identity: Identity, text: str) -> None:
    place = (await identity.begin()).headers["location"]
    query = urlencode({"organisation": str(ORGANISATION), "q": text})
    found, _ = await identity.page(f"{place}?{query}")
    assert "Niets gevonden" in found
    assert "<script" not in found


async def test_a_search_finds_who_was_made_here_while_the_services_are_away(identity: Identity) -> None:
    identity.neighbours.away = True
    form = {"name": "Kantoor Zuid", "person": "Bea de Wit", "email": "bea@zuid.example"}
    answer = await identity.choose("organisation", form)
    assert answer.status_code == 303
    place = (await identity.begin()).headers["location"]
    listed, _ = await identity.page(f"{place}?q=Kantoor Zuid")
    own = listed.partition("?organisation=")[2].partition('"')[0]
    assert "Bea de Wit" in (await identity.page(f"{place}?organisation={own}&q=BEA@zuid"))[0]
    assert "Bea de Wit" not in (await identity.page(f"{place}?organisation={own}&q=Jan"))[0]
