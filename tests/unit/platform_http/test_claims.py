"""Tokens of a company's own issuer: the examples of docs/settings.md, with tokens of those shapes."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest

from koppel.contracts.values import Role
from koppel.kernel.clock import Clock
from koppel.kernel.errors import Unauthenticated
from koppel.platform.identity import Authenticator, ClaimNames, JwksFile, Principal
from koppel.platform.identity.claims import parse_values
from koppel.platform.identity.key_sets import parse_jwks
from koppel.platform.settings import KoppelSettings, load_settings
from koppel.testing.tokens import TokenIssuer

NOW = 1_795_521_600
NOORD = UUID("0198c0de-0000-7000-8000-000000000001")
TENANT = "3f6c5a6e-6d0e-4d0a-8f0e-2c9a4f1d7b21"
SOMEBODY = "c2f5d1b0-6a51-4f6a-9b7e-0a4b8f6f7d02"
KEYCLOAK: dict[str, object] = {
    "exp": NOW + 300,
    "iat": NOW,
    "auth_time": NOW - 10,
    "jti": "onrtac:9a0c",
    "iss": "https://login.example/realms/office",
    "aud": ["koppel", "account"],
    "sub": SOMEBODY,
    "typ": "Bearer",
    "azp": "koppel-console",
    "sid": "a1",
    "realm_access": {"roles": ["offline_access", "beheerder"]},
    "resource_access": {"koppel": {"roles": ["team_leader", "koppel-operator", "operator"]}},
    "scope": "openid organization profile",
    "organization": ["noord"],
    "preferred_username": "sanne",
}
ENTRA: dict[str, object] = {
    "aud": "9b1f0c52-4a0f-4b3b-9c65-0d8a4a1f2e77",
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 4000,
    "azp": "d1",
    "name": "Sanne de Vries",
    "oid": SOMEBODY,
    "roles": ["Koppel.Beheerder", "Koppel.Replay", "beheerder", "operator"],
    "scp": "access_as_user",
    "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    "tid": TENANT,
    "uti": "x",
    "ver": "2.0",
}


Take = Callable[[str, dict[str, object]], Awaitable[Principal]]


def example(name: str) -> dict[str, str]:
    """The variables between the marks of the page of settings."""
    page = (Path(__file__).parents[3] / "docs/settings.md").read_text(encoding="utf-8")
    block = page.partition(f"<!-- {name}: begin -->\n```\n")[2].partition("\n```")[0]
    return dict(line.split("=", 1) for line in block.splitlines())


async def caller(
    name: str,
    claims: dict[str, object],
    issuer: TokenIssuer,
    clock: Clock,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Principal:
    """Whom a service that is set up by that example takes the bearer of these claims for."""
    for variable, value in (example(name) | {"KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "k:9092"}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("KOPPEL_JWKS_FILE", raising=False)
    shared = load_settings(KoppelSettings)
    keys = JwksFile(issuer.write_jwks(folder / "jwks.json"))
    service = Authenticator(shared.jwt_issuer, shared.jwt_audience, keys, clock, names=shared.claims)
    return await service.authenticate(issuer.token(claims))


@pytest.fixture
def take(issuer: TokenIssuer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    async def taken(name: str, claims: dict[str, object]) -> Principal:
        return await caller(name, claims, issuer, clock, tmp_path, monkeypatch)

    return taken


async def test_a_person_of_keycloak(take: Take) -> None:
    principal = await take("keycloak", KEYCLOAK)
    assert principal.actor == f"person:{SOMEBODY}"
    assert principal.organisation == NOORD
    assert principal.roles == {Role.TEAM_LEADER}, "realm roles are not asked"
    assert principal.rights == {"operator"}, (
        "by the name that the table gives, not by one that says so itself"
    )


async def test_an_organisation_of_keycloak_with_its_attributes(take: Take) -> None:
    principal = await take("keycloak", KEYCLOAK | {"organization": {"noord": {"id": "x"}}})
    assert principal.organisation == NOORD


async def test_a_service_of_keycloak(take: Take) -> None:
    account = "7c1f7f3e-2f0d-4a51-9d53-9f0a7c0f0b11"
    principal = await take("keycloak", KEYCLOAK | {"kind": "service", "sub": account})
    assert (principal.actor, principal.organisation_id) == ("service:sync-svc", None)


async def test_a_person_of_entra(take: Take) -> None:
    principal = await take("entra", ENTRA)
    assert (principal.actor, str(principal.organisation)) == (f"person:{SOMEBODY}", TENANT)
    assert principal.roles == {Role.BEHEERDER}
    assert principal.rights == {"replay"}


async def test_a_service_of_entra(take: Take) -> None:
    application = ENTRA | {
        "idtyp": "app",
        "oid": "5d0b7a0e-8c1d-4c55-8a0b-6b1f3d9e4c10",
        "roles": ["Koppel.Beheerder"],
    }
    principal = await take("entra", application)
    assert (principal.actor, principal.roles, principal.rights) == (
        "service:sync-svc",
        frozenset(),
        frozenset(),
    )


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("keycloak", KEYCLOAK | {"organization": ["zuid"]}),
        ("keycloak", KEYCLOAK | {"organization": ["noord", "zuid"]}),
        ("keycloak", KEYCLOAK | {"organization": []}),
        ("keycloak", KEYCLOAK | {"organization": [1]}),
        ("keycloak", KEYCLOAK | {"organization": None}),
        ("keycloak", KEYCLOAK | {"kind": "robot"}),
        ("keycloak", KEYCLOAK | {"sub": "sanne"}),
        ("keycloak", KEYCLOAK | {"resource_access": {"koppel": {"roles": "team_leader"}}}),
        ("keycloak", KEYCLOAK | {"iss": "https://login.example/realms/other"}),
        ("keycloak", KEYCLOAK | {"aud": "account"}),
        ("entra", ENTRA | {"iss": "https://login.microsoftonline.com/other/v2.0"}),
        ("entra", ENTRA | {"oid": None}),
        ("entra", ENTRA | {"tid": "consumers"}),
        ("entra", ENTRA | {"idtyp": "device"}),
    ],
)
async def test_who_cannot_be_told_is_refused(take: Take, name: str, claims: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        await take(name, claims)


@pytest.mark.parametrize("named", ["Operator", "admin", "*", "operator ", "x" * 5_000])
async def test_a_right_that_there_is_not_gives_nothing_and_the_log_says_so(
    issuer: TokenIssuer, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture, named: str
) -> None:
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    service = Authenticator(issuer.issuer, issuer.audience, keys, clock)
    claims = {"iat": NOW, "exp": NOW + 60, "sub": SOMEBODY, "kind": "person", "org": str(NOORD)}
    principal = await service.authenticate(issuer.token(claims | {"rights": [named, "preview"]}))
    assert principal.rights == {"preview"}
    [line] = [record.getMessage() for record in caplog.records]
    assert named[:30] in line
    assert len(line) < 120


@pytest.mark.parametrize("claims", [KEYCLOAK | {"resource_access": {}}, KEYCLOAK | {"resource_access": "x"}])
async def test_without_the_claim_of_roles_there_are_none(take: Take, claims: dict[str, object]) -> None:
    principal = await take("keycloak", claims)
    assert (principal.roles, principal.rights) == (frozenset(), frozenset())


async def test_a_claim_whose_own_name_has_dots_is_found(
    issuer: TokenIssuer, clock: Clock, tmp_path: Path
) -> None:
    names = ClaimNames(organisation="https://koppel.example/org", kind="kind")
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    service = Authenticator(issuer.issuer, issuer.audience, keys, clock, names=names)
    claims = {
        "iat": NOW,
        "exp": NOW + 60,
        "sub": SOMEBODY,
        "kind": "person",
        "https://koppel.example/org": str(NOORD),
    }
    assert (await service.authenticate(issuer.token(claims))).organisation == NOORD


@pytest.mark.parametrize(
    "text",
    [
        "roles",
        "[]",
        '{"roles": ["beheerder"]}',
        '{"roles": {"a": 1}}',
        '{"roles": {"a": "boss"}}',
        '{"kind": {"a": "robot"}}',
        '{"rights": {"a": "Operator"}}',
        '{"organisation": {"noord": "1"}}',
        '{"role": {"a": "user"}}',
    ],
)
def test_a_bad_table_of_values_ends_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(ValueError):
        parse_values(text)
    for variable, value in (example("entra") | {"KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "k:9092"}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("KOPPEL_CLAIM_VALUES", text)
    with pytest.raises(SystemExit):
        load_settings(KoppelSettings)
    assert capsys.readouterr().err.count("KOPPEL_CLAIM_VALUES") == 1


def test_key_sets_of_such_issuers_are_read(issuer: TokenIssuer, tmp_path: Path) -> None:
    [ours] = json.loads(issuer.write_jwks(tmp_path / "jwks.json").read_text())["keys"]
    bare = {name: ours[name] for name in ("kty", "kid", "n", "e")}
    entra = bare | {
        "use": "sig",
        "x5t": ours["kid"],
        "x5c": ["MIIC"],
        "issuer": "https://login.microsoftonline.com/x",
    }
    encryption = bare | {"kid": "enc", "use": "enc", "alg": "RSA-OAEP"}
    assert list(parse_jwks(json.dumps({"keys": [encryption, entra]}).encode())) == [ours["kid"]]
