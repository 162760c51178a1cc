"""The local issuer: tokens that the services accept, keys that only their owner reads."""

import json
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from koppel.platform.identity import Authenticator, JwksFile, PrincipalKind
from koppel_identity.claims import AUDIENCE, DEFAULT_ISSUER, OPERATOR_RIGHTS
from koppel_local.failure import SetupFailed
from koppel_local.oauth.issuer import LocalIssuer


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    made = LocalIssuer(tmp_path / "identity")
    made.ensure_key()
    return made


async def test_a_service_accepts_a_person(issuer: LocalIssuer) -> None:
    user, organisation = uuid4(), uuid4()
    token = issuer.person_token(
        user=user, organisation=organisation, roles=["beheerder"], rights=OPERATOR_RIGHTS
    )
    principal = await Authenticator(DEFAULT_ISSUER, AUDIENCE, JwksFile(issuer.key_set_file)).authenticate(
        token
    )
    assert principal.kind is PrincipalKind.PERSON
    assert str(user) in repr(principal)


def test_claims_are_the_agreed_ones(issuer: LocalIssuer) -> None:
    user, organisation = uuid4(), uuid4()
    token = issuer.person_token(user=user, organisation=organisation, roles=["beheerder"], seconds=60)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 60
    assert {name: claims[name] for name in ("iss", "aud", "sub", "kind", "org", "roles")} == {
        "iss": DEFAULT_ISSUER,
        "aud": AUDIENCE,
        "sub": str(user),
        "kind": "person",
        "org": str(organisation),
        "roles": ["beheerder"],
    }
    assert "rights" not in claims
    key_set = json.loads(issuer.key_set_file.read_text())
    assert jwt.get_unverified_header(token)["kid"] == key_set["keys"][0]["kid"]


def test_a_services_token_names_no_organisation(issuer: LocalIssuer) -> None:
    claims = jwt.decode(issuer.service_token("import-svc"), options={"verify_signature": False})
    assert (claims["sub"], claims["kind"]) == ("import-svc", "service")
    assert "org" not in claims


def test_the_key_is_made_once_and_private(issuer: LocalIssuer) -> None:
    before = issuer.key_set_file.read_bytes()
    issuer.ensure_key()
    assert issuer.key_set_file.read_bytes() == before
    folder = issuer.key_set_file.parent
    assert [path.stat().st_mode & 0o077 for path in folder.iterdir()] == [0, 0]
    assert b'"d"' not in before


def test_without_an_issuer_the_hint_is_to_start_the_stack(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="make up"):
        LocalIssuer(tmp_path).service_token("import-svc")


def test_tokens_name_the_address_where_the_issuer_was_started(issuer: LocalIssuer) -> None:
    assert not issuer.be_named(DEFAULT_ISSUER)
    assert issuer.be_named("http://127.0.0.1:8180")
    token = LocalIssuer(issuer.key_file.parent).service_token("import-svc")
    assert jwt.decode(token, options={"verify_signature": False})["iss"] == "http://127.0.0.1:8180"
