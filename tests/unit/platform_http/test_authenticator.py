"""Bearer tokens: the good ones hold, every kind of bad one gets the same 401."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from koppel.contracts.values import Role
from koppel.kernel.errors import Unauthenticated
from koppel.platform.identity import Authenticator, PrincipalKind
from koppel.testing.tokens import TokenIssuer


class Clock(Protocol):
    def move(self, by: timedelta) -> None: ...


NOW = 1_795_521_600  # 2026-11-24T12:00:00Z, where the clock of conftest stands
PERSON: dict[str, object] = {
    "iat": NOW,
    "exp": NOW + 600,
    "sub": str(uuid4()),
    "kind": "person",
    "org": str(uuid4()),
    "roles": ["beheerder"],
}


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(issuer: TokenIssuer, header: str, payload: str) -> str:
    """A correctly signed token of exactly this text."""
    content = f"{b64(header.encode())}.{b64(payload.encode())}"
    algorithm = jwt.get_algorithm_by_name("RS256")
    return f"{content}.{b64(algorithm.sign(content.encode(), issuer.private_key))}"


def payload(issuer: TokenIssuer, **changes: object) -> str:
    return json.dumps(PERSON | {"iss": issuer.issuer, "aud": issuer.audience} | changes)


def header(issuer: TokenIssuer, **changes: object) -> str:
    return json.dumps({"alg": "RS256", "typ": "JWT", "kid": issuer.kid} | changes)


async def test_a_person_is_who_the_token_says(authenticator: Authenticator, issuer: TokenIssuer) -> None:
    principal = await authenticator.authenticate(
        issuer.token(PERSON | {"roles": ["team_leader", "role_of_tomorrow"], "rights": ["operator"]})
    )
    assert principal.kind is PrincipalKind.PERSON
    assert principal.subject == PERSON["sub"]
    assert principal.actor == f"person:{PERSON['sub']}"
    assert str(principal.organisation) == PERSON["org"]
    assert principal.roles == {Role.TEAM_LEADER}
    assert principal.rights == {"operator"}


async def test_a_service_has_a_name_and_no_organisation(
    authenticator: Authenticator, issuer: TokenIssuer
) -> None:
    principal = await authenticator.authenticate(
        issuer.token({"iat": NOW, "exp": NOW + 60, "sub": "sync-svc", "kind": "service", "roles": []})
    )
    assert (principal.actor, principal.organisation_id) == ("service:sync-svc", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["other", "koppel"]},
        {"exp": NOW - 29},
        {"iat": NOW + 29},
        {"nbf": NOW + 29},
        {"roles": []},
        {"extra": "ignored"},
    ],
)
async def test_a_good_token_holds(
    authenticator: Authenticator, issuer: TokenIssuer, changes: dict[str, object]
) -> None:
    await authenticator.authenticate(issuer.token(PERSON | changes))


BAD_CLAIMS: dict[str, dict[str, object]] = {
    "wrong issuer": {"iss": "https://other.test"},
    "issuer with a suffix": {"iss": "https://issuer.test/"},
    "part of the issuer": {"iss": "https://issuer"},
    "issuer as a list": {"iss": ["https://issuer.test"]},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "other"},
    "audience in other case": {"aud": "Koppel"},
    "no audience": {"aud": None},
    "no expiry": {"exp": None},
    "expired by 31 seconds": {"exp": NOW - 31},
    "expiry as text": {"exp": "9999999999"},
    "expiry true": {"exp": True},
    "endless expiry": {"exp": 1e300},
    "no issue time": {"iat": None},
    "issued in the future": {"iat": NOW + 31},
    "not valid yet": {"nbf": NOW + 31},
    "not before as text": {"nbf": "soon"},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "person whose subject is no UUID": {"sub": "alice"},
    "no kind": {"kind": None},
    "unknown kind": {"kind": "robot"},
    "person without organisation": {"org": None},
    "organisation that is no UUID": {"org": "1"},
    "organisation as a number": {"org": 1},
    "roles as text": {"roles": "beheerder"},
    "roles of numbers": {"roles": [1]},
    "rights as text": {"rights": "operator"},
    "service with an organisation": {"kind": "service", "sub": "sync-svc", "roles": []},
    "service with a role": {"kind": "service", "sub": "sync-svc", "org": None},
    "more than 8 KiB": {"padding": "x" * 8_200},
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
async def test_bad_claims_are_refused(authenticator: Authenticator, issuer: TokenIssuer, name: str) -> None:
    await refused(authenticator, issuer.token(PERSON | BAD_CLAIMS[name]))


BAD_HEADERS: dict[str, dict[str, object]] = {
    "crit": {"crit": ["exp"]},
    "jku": {"jku": "https://attacker.test/jwks"},
    "jwk": {"jwk": {"kty": "RSA"}},
    "x5u": {"x5u": "https://attacker.test/cert"},
    "x5c": {"x5c": ["AAAA"]},
    "unknown kid": {"kid": "other"},
    "kid as a number": {"kid": 1},
    "another type": {"typ": "JWE"},
    "type as a number": {"typ": 1},
    "algorithm in other case": {"alg": "rs256"},
    "algorithm none": {"alg": "none"},
    "algorithm HS256": {"alg": "HS256"},
    "algorithm RS512": {"alg": "RS512"},
    "algorithm PS256": {"alg": "PS256"},
}


@pytest.mark.parametrize("name", BAD_HEADERS)
async def test_bad_headers_are_refused(authenticator: Authenticator, issuer: TokenIssuer, name: str) -> None:
    await refused(authenticator, signed(issuer, header(issuer, **BAD_HEADERS[name]), payload(issuer)))


def _unsigned(issuer: TokenIssuer) -> str:
    return f"{b64(header(issuer, alg='none').encode())}.{b64(payload(issuer).encode())}."


def _public_key_as_secret(issuer: TokenIssuer) -> str:
    pem = issuer.private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    content = f"{b64(header(issuer, alg='HS256').encode())}.{b64(payload(issuer).encode())}"
    digest = jwt.get_algorithm_by_name("HS256")
    return f"{content}.{b64(digest.sign(content.encode(), pem))}"


def _other_key(issuer: TokenIssuer) -> str:
    return TokenIssuer(issuer.issuer, issuer.audience, issuer.kid).token(PERSON)


def _changed(issuer: TokenIssuer) -> str:
    head, _, signature = issuer.token(PERSON).split(".")
    return f"{head}.{b64(payload(issuer, roles=['team_leader']).encode())}.{signature}"


BAD_TOKENS: dict[str, Callable[[TokenIssuer], str]] = {
    "unsigned": _unsigned,
    "public key as HMAC secret": _public_key_as_secret,
    "signed by another key": _other_key,
    "changed after signing": _changed,
    "without signature": lambda issuer: issuer.token(PERSON).rpartition(".")[0] + ".",
    "two parts": lambda issuer: issuer.token(PERSON).rpartition(".")[0],
    "four parts": lambda issuer: issuer.token(PERSON) + ".x",
    "empty": lambda _: "",
    "no token": lambda _: "hello",
    "not ASCII": lambda issuer: issuer.token(PERSON) + "é",
    "duplicate claim": lambda issuer: signed(
        issuer, header(issuer), payload(issuer)[:-1] + ', "sub": "' + str(uuid4()) + '"}'
    ),
    "duplicate header": lambda issuer: signed(
        issuer, header(issuer)[:-1] + ', "alg": "RS256"}', payload(issuer)
    ),
    "payload that is a list": lambda issuer: signed(issuer, header(issuer), "[]"),
    "payload that is no JSON": lambda issuer: signed(issuer, header(issuer), "{"),
    "payload nested without end": lambda issuer: signed(issuer, header(issuer), "[" * 5_000),
    "header that is a list": lambda issuer: signed(issuer, "[]", payload(issuer)),
    "no kid": lambda issuer: signed(issuer, '{"alg":"RS256"}', payload(issuer)),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_bad_tokens_are_refused(authenticator: Authenticator, issuer: TokenIssuer, name: str) -> None:
    await refused(authenticator, BAD_TOKENS[name](issuer))


async def test_a_token_ends_when_its_time_is_over(
    authenticator: Authenticator, issuer: TokenIssuer, clock: Clock
) -> None:
    token = issuer.token(PERSON)
    await authenticator.authenticate(token)
    clock.move(timedelta(seconds=629))
    await authenticator.authenticate(token)
    clock.move(timedelta(seconds=1))
    await refused(authenticator, token)


async def refused(authenticator: Authenticator, token: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await authenticator.authenticate(token)
    assert caught.value.code == "unauthenticated"
    assert not token or token not in str(caught.value)
