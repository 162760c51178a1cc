"""Where public keys come from, and how often they are asked for."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from koppel.kernel.clock import Clock
from koppel.kernel.errors import Transient
from koppel.platform.identity import JwksFile, JwksUrl
from koppel.platform.identity.key_sets import parse_jwks
from koppel.testing.tokens import TokenIssuer
from koppel.testing.trickling import Trickling


class MovableClock(Clock, Protocol):
    def move(self, by: timedelta) -> None: ...


class JwksServer:
    """Answers with a document, or fails, and counts how often it was asked."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.asked = 0
        self.down = False

    def key_set(self, clock: Clock) -> JwksUrl:
        return JwksUrl("https://issuer.test/jwks", clock, httpx.MockTransport(self._answer))

    async def _answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise httpx.ConnectError("down")
        return httpx.Response(200, text=self.document)


@pytest.fixture
def server(issuer: TokenIssuer) -> JwksServer:
    return JwksServer(issuer.jwks())


async def test_an_issuer_that_trickles_its_keys_is_one_that_is_away(
    clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever came with a token waited for as long as it pleased the issuer."""
    monkeypatch.setattr("koppel.platform.identity.key_sets._ANSWERED_WITHIN", 0.05)
    trickling = httpx.MockTransport(lambda _: httpx.Response(200, stream=Trickling()))
    with pytest.raises(Transient) as refused:
        await JwksUrl("https://issuer.test/jwks", clock, trickling).key("any")
    assert refused.value.code == "jwks_unavailable"


async def test_a_thousand_unknown_ids_cause_one_fetch_in_thirty_seconds(
    server: JwksServer, issuer: TokenIssuer, clock: MovableClock
) -> None:
    keys = server.key_set(clock)
    assert await keys.key(issuer.kid)
    clock.move(timedelta(seconds=30))
    found = await asyncio.gather(*(keys.key(uuid4().hex) for _ in range(1_000)))
    assert not any(found)
    assert server.asked == 2
    assert await keys.key(issuer.kid)
    clock.move(timedelta(seconds=29))
    await keys.key("still unknown")
    assert server.asked == 2


async def test_a_new_key_is_found_when_it_is_first_used(
    server: JwksServer, issuer: TokenIssuer, clock: MovableClock
) -> None:
    keys = server.key_set(clock)
    await keys.key(issuer.kid)
    server.document = _jwks(_member(issuer, issuer.kid), _member(issuer, "next"))
    clock.move(timedelta(seconds=30))
    assert await keys.key("next")
    assert await keys.key(issuer.kid)


async def test_a_withdrawn_key_is_forgotten_in_time(
    server: JwksServer, issuer: TokenIssuer, clock: MovableClock
) -> None:
    keys = server.key_set(clock)
    await keys.key(issuer.kid)
    server.document = _jwks(_member(issuer, "next"))
    clock.move(timedelta(minutes=10))
    assert await keys.key(issuer.kid) is None


async def test_keys_outlive_an_issuer_that_is_away(
    server: JwksServer, issuer: TokenIssuer, clock: MovableClock
) -> None:
    keys = server.key_set(clock)
    await keys.key(issuer.kid)
    server.down = True
    clock.move(timedelta(hours=1))
    assert await keys.key(issuer.kid)


async def test_without_any_key_the_answer_is_try_again(server: JwksServer, clock: MovableClock) -> None:
    server.down = True
    keys = server.key_set(clock)
    with pytest.raises(Transient) as caught:
        await keys.key("any")
    assert caught.value.code == "jwks_unavailable"


async def test_a_file_is_read_again_when_it_changes(issuer: TokenIssuer, tmp_path: Path) -> None:
    path = issuer.write_jwks(tmp_path / "jwks.json")
    keys = JwksFile(path)
    assert await keys.key(issuer.kid)
    assert await keys.key("next") is None
    path.write_text(_jwks(_member(issuer, "next")))
    assert await keys.key("next")
    assert await keys.key(issuer.kid) is None


async def test_a_file_that_breaks_keeps_the_keys_it_had(issuer: TokenIssuer, tmp_path: Path) -> None:
    path = issuer.write_jwks(tmp_path / "jwks.json")
    keys = JwksFile(path)
    await keys.key(issuer.kid)
    path.write_text("{")
    assert await keys.key(issuer.kid)
    path.unlink()
    assert await keys.key(issuer.kid)


async def test_a_missing_file_is_waited_for(issuer: TokenIssuer, tmp_path: Path) -> None:
    keys = JwksFile(tmp_path / "jwks.json")
    with pytest.raises(Transient):
        await keys.key(issuer.kid)
    issuer.write_jwks(tmp_path / "jwks.json")
    assert await keys.key(issuer.kid)


def test_only_public_rsa_signature_keys_of_enough_bits_count(issuer: TokenIssuer) -> None:
    good = _member(issuer, "good")
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  (that it is refused is the point)
    short = RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
    curve = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    private = RSAAlgorithm.to_jwk(issuer.private_key, as_dict=True)
    members = [
        good,
        short | {"kid": "short"},
        curve | {"kid": "curve"},
        private | {"kid": "private"},
        good | {"kid": "encryption", "use": "enc"},
        good | {"kid": "other algorithm", "alg": "RS512"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "symmetric"},
        {"kty": "RSA", "kid": "broken"},
        {name: value for name, value in good.items() if name != "kid"},
        "nonsense",
    ]
    assert parse_jwks(json.dumps({"keys": members}).encode()).keys() == {"good"}


@pytest.mark.parametrize("document", ["[]", "{}", '{"keys": {}}', '{"keys": []}', "{", " " * 300_000])
def test_a_document_without_a_usable_key_is_refused(document: str) -> None:
    with pytest.raises(ValueError):
        parse_jwks(document.encode())


def _member(issuer: TokenIssuer, kid: str) -> dict[str, object]:
    return RSAAlgorithm.to_jwk(issuer.private_key.public_key(), as_dict=True) | {"kid": kid}


def _jwks(*members: dict[str, object]) -> str:
    return json.dumps({"keys": members})
