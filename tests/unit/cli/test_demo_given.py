"""A demonstration at a system that runs elsewhere."""

from pathlib import Path
from uuid import uuid4

import pytest

from koppel_local.demo.given import given_addresses
from koppel_local.failure import SetupFailed
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.stack.layout import SERVICES

ALL = {f"KOPPEL_{each.prefix}URL": f"http://there:{each.port}" for each in SERVICES} | {
    "KOPPEL_SANDBOX_URL": "http://there:8190",
    "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "there:9092",
}


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalIssuer:
    for name in (*ALL, "KOPPEL_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (made := LocalIssuer(tmp_path)).ensure_key()
    return made


def _set(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_a_broker_alone_is_the_local_stacks(issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, KOPPEL_KAFKA_BOOTSTRAP_SERVERS="there:9092")
    assert given_addresses(issuer) is None


def test_the_bearer_of_a_given_token_plays(issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation_id, user = uuid4(), uuid4()
    token = issuer.person_token(user=user, organisation=organisation_id, roles=["beheerder"])
    _set(monkeypatch, **ALL, KOPPEL_TOKEN=token)
    given = given_addresses(issuer)
    assert given is not None
    organisation, addresses = given
    assert (organisation.organisation_id, organisation.administrators[0].id, addresses.token) == (
        organisation_id,
        user,
        token,
    )
    assert (addresses.sandbox, str(addresses.kafka)) == ("http://there:8190", "there:9092")
    assert addresses.services["sync-svc"] == "http://there:8104"


def test_without_one_the_issuer_makes_a_new_organisation(
    issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, **ALL)
    first, second = given_addresses(issuer), given_addresses(issuer)
    assert first is not None
    assert second is not None
    assert first[0].organisation_id != second[0].organisation_id


@pytest.mark.parametrize("left_out", ALL)
def test_an_address_that_is_left_out_is_named(
    left_out: str, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, **{name: value for name, value in ALL.items() if name != left_out})
    with pytest.raises(SetupFailed) as refused:
        given_addresses(issuer)
    assert left_out in refused.value.detail


@pytest.mark.parametrize("token", ["x", "a.b.c", "a.e30.c", "a.W10.c", "a.eyJvcmciOjEsInN1YiI6Mn0.c"])
def test_what_is_no_persons_token_is_said_without_it(
    token: str, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, **ALL, KOPPEL_TOKEN=token)
    with pytest.raises(SetupFailed) as refused:
        given_addresses(issuer)
    assert refused.value.code == "token_unreadable"
