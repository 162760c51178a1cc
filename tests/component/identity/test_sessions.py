"""After a login: who it is, its end, and what outlives a restart of the issuer."""

from pathlib import Path
from urllib.parse import urlencode

from koppel_identity.claims import operator
from koppel_identity.login import Asked
from koppel_identity.store.attempts import Attempts
from koppel_identity.store.database import open_database
from koppel_identity.store.logins import Logins

from .conftest import CALLBACK, Identity, answer_of


async def who(identity: Identity, token: str) -> int:
    answer = await identity.browser.get("/oauth/userinfo", headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def test_userinfo_names_the_person(identity: Identity) -> None:
    tokens = await identity.tokens()
    answer = await identity.browser.get(
        "/oauth/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    told = answer.json()
    assert (told["name"], told["email"], told["roles"]) == (
        "Sanne de Vries",
        "sanne@kantoor.example",
        ["team_leader"],
    )
    assert await who(identity, tokens["id_token"]) == 401
    assert await who(identity, "made-up") == 401
    identity.now += 901
    assert await who(identity, tokens["access_token"]) == 401


async def test_a_client_ends_its_login_and_nobody_elses(identity: Identity) -> None:
    tokens = await identity.tokens()
    await identity.post("revoke", client_id="koppel-cli", token=tokens["refresh_token"])
    assert await who(identity, tokens["access_token"]) == 200
    for _ in range(2):
        answer = await identity.post("revoke", client_id="koppel-console", token=tokens["refresh_token"])
        assert answer.status_code == 200, "also when there is nothing to end"
    assert await who(identity, tokens["access_token"]) == 401
    assert (await identity.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await identity.post("revoke", client_id="stranger", token="x")).status_code == 401


async def test_logging_out_ends_the_login_and_returns_to_the_client(identity: Identity) -> None:
    tokens = await identity.tokens()
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": CALLBACK, "state": "bye"}
    identity.now += 24 * 3600
    answer = await identity.browser.get(f"/oauth/end_session?{urlencode(query)}")
    assert answer_of(answer) == {"state": "bye"}
    assert (await identity.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_logging_out_sends_nobody_elsewhere_and_ends_nothing_without_a_hint(identity: Identity) -> None:
    tokens = await identity.tokens()
    for hint, place in (("", CALLBACK), ("made-up", CALLBACK), (tokens["access_token"], CALLBACK)):
        query = {"id_token_hint": hint, "post_logout_redirect_uri": place}
        assert (await identity.browser.get(f"/oauth/end_session?{urlencode(query)}")).status_code == 200
    tokens = (await identity.refresh(tokens["refresh_token"])).raise_for_status().json()
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://evil.example/"}
    answer = await identity.browser.get(f"/oauth/end_session?{urlencode(query)}")
    assert (answer.status_code, "location" in answer.headers) == (200, False)


def test_refresh_tokens_outlive_a_restart_and_secrets_are_not_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "logins.sqlite"
    logins = Logins(open_database(file), lambda: 1000)
    login = logins.begin("koppel-cli", operator("Jan"))
    token = logins.new_refresh_token(login, 60)
    again = Logins(open_database(file), lambda: 1059)
    assert again.refresh("koppel-cli", token).person == login.person
    assert file.stat().st_mode & 0o077 == 0
    assert all(token.encode() not in path.read_bytes() for path in file.parent.iterdir())


def test_what_nobody_can_use_any_more_is_forgotten() -> None:
    now = 1000
    database = open_database(None)
    logins, attempts = Logins(database, lambda: now), Attempts(database, lambda: now)
    asked = Asked(client_id="koppel-cli")
    kept = logins.begin("koppel-cli", operator("Jan"))
    logins.new_refresh_token(kept, 6000)
    gone = logins.begin("koppel-cli", operator("Piet"))
    logins.new_refresh_token(gone, 60)
    attempts.begin(asked, browser="b", language="nl")
    now = 2000
    attempts.begin(asked, browser="b", language="nl")
    assert (logins.find(kept.sid), logins.find(gone.sid)) == (kept, None)
    assert database.execute("select count(*) from attempt").fetchone()[0] == 1
