"""A login in a browser: authorization code with PKCE, as the console does it."""

import time
from pathlib import Path

import jwt
import pytest

from koppel.kernel.errors import Unauthenticated
from koppel.platform.identity import Authenticator, JwksFile
from koppel_identity.claims import AUDIENCE, DEFAULT_ISSUER

from .conftest import CALLBACK, CLIENT, ORGANISATION, PERSON, Identity, answer_of, claims_of


async def authenticator(identity: Identity, folder: Path) -> Authenticator:
    """A service's, with the keys that are served."""
    file = folder / "jwks.json"
    file.write_bytes((await identity.browser.get("/oauth/jwks")).content)
    return Authenticator(DEFAULT_ISSUER, AUDIENCE, JwksFile(file), clock=None)


async def test_metadata_names_what_is_served_at_the_issuers_own_address(identity: Identity) -> None:
    metadata = (await identity.browser.get("/.well-known/openid-configuration")).json()
    assert metadata["issuer"] == DEFAULT_ISSUER
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    for name, place in metadata.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert place.startswith(f"{DEFAULT_ISSUER}/oauth/")
            answer = await identity.browser.get(place.removeprefix(DEFAULT_ISSUER))
            assert answer.status_code != 404, name


async def test_a_container_calls_by_its_name_while_browsers_keep_the_issuers_address(
    identity: Identity,
) -> None:
    answer = await identity.browser.get(
        "/.well-known/openid-configuration", headers={"host": "identity:8080"}
    )
    metadata = answer.json()
    assert metadata["issuer"] == DEFAULT_ISSUER
    assert metadata["authorization_endpoint"].startswith(DEFAULT_ISSUER)
    assert metadata["token_endpoint"] == "http://identity:8080/oauth/token"


async def test_somebody_of_a_directory_is_logged_in(identity: Identity) -> None:
    answer = answer_of(await identity.choose())
    assert (answer["state"], answer["iss"]) == ("s1", DEFAULT_ISSUER)
    tokens = (await identity.exchange(answer["code"])).json()
    claims = claims_of(tokens["access_token"])
    assert {name: claims[name] for name in ("iss", "aud", "sub", "kind", "org", "roles")} == {
        "iss": DEFAULT_ISSUER,
        "aud": AUDIENCE,
        "sub": str(PERSON),
        "kind": "person",
        "org": str(ORGANISATION),
        "roles": ["team_leader"],
    }
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 900
    assert "rights" not in claims
    assert "Sanne" not in str(claims), "services need no name"
    who = claims_of(tokens["id_token"])
    assert (who["aud"], who["nonce"], who["name"]) == (CLIENT, "n1", "Sanne de Vries")
    assert who["org_name"] == "Kantoor <b>Noord</b>"


async def test_services_accept_the_access_token_and_not_the_id_token(
    identity: Identity, tmp_path: Path
) -> None:
    identity.now = int(time.time())
    tokens = await identity.tokens()
    service = await authenticator(identity, tmp_path)
    assert (await service.authenticate(tokens["access_token"])).organisation == ORGANISATION
    with pytest.raises(Unauthenticated):
        await service.authenticate(tokens["id_token"])


async def test_an_operator_has_rights_and_no_role(identity: Identity) -> None:
    tokens = await identity.tokens("operator", operator="Jan Operator")
    claims = claims_of(tokens["access_token"])
    assert (claims["roles"], claims["rights"]) == ([], ["operator", "preview", "replay"])
    again = claims_of(
        (await identity.tokens("operator", operator="jan operator", payload="yes"))["access_token"]
    )
    assert again["sub"] == claims["sub"], "one name is one person"
    assert "payload" in again["rights"]
    other = claims_of((await identity.tokens("operator", operator="Piet"))["access_token"])
    assert other["sub"] != claims["sub"]


async def test_a_new_organisation_has_a_beheerder_whom_the_services_are_told_of(identity: Identity) -> None:
    form = {"name": "Kantoor Zuid", "person": "Piet Bakker", "email": "piet@zuid.example"}
    claims = claims_of((await identity.tokens("organisation", **form))["access_token"])
    assert claims["roles"] == ["beheerder"]
    (user, person, by), (organisation, name, _) = identity.neighbours.told
    assert (user, by["sub"], by["org"]) == (f"/v1/users/{claims['sub']}", claims["sub"], claims["org"])
    assert person == {"name": "Piet Bakker", "email": "piet@zuid.example", "role": "beheerder"}
    assert (organisation, name) == ("/v1/organisation", {"name": "Kantoor Zuid"})


async def test_a_cancelled_login_is_told_to_the_client(identity: Identity) -> None:
    assert answer_of(await identity.choose("cancel"))["error"] == "access_denied"


async def test_a_refresh_token_is_used_once(identity: Identity) -> None:
    first = await identity.tokens()
    second = (await identity.refresh(first["refresh_token"])).json()
    assert claims_of(second["access_token"])["sub"] == str(PERSON)
    assert second["refresh_token"] != first["refresh_token"]
    again = await identity.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    stolen = await identity.refresh(second["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant", "a second use ends the login"


async def test_a_code_is_used_once_and_its_second_use_ends_the_login(identity: Identity) -> None:
    code = await identity.code()
    tokens = (await identity.exchange(code)).json()
    assert (await identity.exchange(code)).json()["error"] == "invalid_grant"
    assert (await identity.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_code_ends_after_a_minute(identity: Identity) -> None:
    code = await identity.code()
    identity.now += 61
    assert (await identity.exchange(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:8181/callback"}, "invalid_grant"),
        ({"client_id": "koppel-cli"}, "invalid_grant"),
        ({"client_id": "stranger"}, "invalid_client"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_what_does_not_fit_gives_no_token(
    identity: Identity, changed: dict[str, str], error: str
) -> None:
    answer = await identity.exchange(**{"code": await identity.code(), **changed})
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/"},
        {"redirect_uri": "http://127.0.0.1:8180@evil.example/"},
        {"redirect_uri": "http://evil.example\\@127.0.0.1/"},
        {"redirect_uri": "http://127.0.0.1:8180/callback#fragment"},
        {"redirect_uri": "http://127.0.0.1:99999/"},
        {"redirect_uri": "http://somebody@127.0.0.1:8180/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "//127.0.0.1/"},
        {"redirect_uri": ""},
    ],
)
async def test_nobody_is_sent_to_an_address_that_cannot_be_trusted(
    identity: Identity, changed: dict[str, str]
) -> None:
    answer = await identity.begin(**changed)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"nonce": "n" * 1001}, "invalid_request"),
    ],
)
async def test_a_request_that_cannot_be_met_goes_back_to_its_client(
    identity: Identity, changed: dict[str, str], error: str
) -> None:
    begun = await identity.begin(**changed)
    assert begun.headers["location"].startswith(f"{CALLBACK}?")
    answer = answer_of(begun)
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "s1", DEFAULT_ISSUER)


async def test_any_port_of_loopback_may_be_returned_to(identity: Identity) -> None:
    for uri in ("http://localhost:1/x?y=z", "http://[::1]:65535/callback", "http://127.0.0.1/"):
        place = (await identity.choose(begun=await identity.begin(redirect_uri=uri))).headers["location"]
        assert place.startswith(f"{uri}{'&' if '?' in uri else '?'}code=")


async def test_a_key_of_another_issuer_signs_nothing_for_services(identity: Identity, tmp_path: Path) -> None:
    service = await authenticator(identity, tmp_path)
    tokens = await identity.tokens()
    forged = jwt.encode(claims_of(tokens["access_token"]), "k" * 32, algorithm="HS256")
    with pytest.raises(Unauthenticated):
        await service.authenticate(forged)


async def test_a_refresh_asks_the_directory_again(identity: Identity) -> None:
    first = await identity.tokens()
    identity.neighbours.people[str(PERSON)]["role"] = "reviewer"
    second = (await identity.refresh(first["refresh_token"])).json()
    assert claims_of(second["access_token"])["roles"] == ["reviewer"]
    identity.neighbours.away = True
    third = (await identity.refresh(second["refresh_token"])).json()
    assert claims_of(third["access_token"])["roles"] == ["reviewer"], "what was known before holds"
    identity.neighbours.away = False
    identity.neighbours.people.clear()
    assert (await identity.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"
