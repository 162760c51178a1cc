"""The issuer as its callers see it: the real application, its clock held still, the services behind it stood in for."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from koppel_identity.claims import DEFAULT_ISSUER
from koppel_identity.directory.services import Services
from koppel_identity.issuer import Issuer
from koppel_identity.signing import new_key
from koppel_identity.store.codes import challenge_of
from koppel_identity.store.database import open_database
from koppel_identity.web.app import build_app

CALLBACK = "http://127.0.0.1:8180/callback"
VERIFIER = "v" * 43
CLIENT = "koppel-console"
ORGANISATION, PERSON = (
    UUID("0198c0de-0000-7000-8000-00000000000a"),
    UUID("0198c0de-0000-7000-8000-00000000000b"),
)


@cache
def key() -> bytes:
    return new_key()


@dataclass
class Neighbours:
    """connection-svc and assignment-svc: one organisation with one person, and what they were told."""

    away: bool = False
    says: str | None = None
    """What they answer instead of anything else; nothing at all where it is `silence`."""
    people: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            str(PERSON): {"name": "Sanne de Vries", "email": "sanne@kantoor.example", "role": "team_leader"}
        }
    )
    told: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if self.says == "silence":
            await asyncio.Event().wait()
        if self.says is not None:
            return httpx.Response(200, content=self.says)
        if self.away:
            raise httpx.ConnectError("nobody listens")
        path, caller = request.url.path, claims_of(request.headers["authorization"].removeprefix("Bearer "))
        if request.method == "PUT":
            self.told.append((path, json.loads(request.content), caller))
            return httpx.Response(200, json={})
        if path == "/ops/v1/organisations":
            assert "operator" in caller["rights"]
            return httpx.Response(
                200,
                json={
                    "items": [{"id": str(ORGANISATION), "name": "Kantoor <b>Noord</b>"}],
                    "next_cursor": None,
                },
            )
        people = self.people if caller["org"] == str(ORGANISATION) else {}
        if path == "/v1/users":
            text = request.url.params.get("q", "")
            found = [{"id": each, **it} for each, it in people.items() if text in it["name"] + it["email"]]
            begin, most = int(request.url.params.get("cursor", "0")), int(request.url.params["limit"])
            cursor = str(begin + most) if len(found) > begin + most else None
            return httpx.Response(200, json={"items": found[begin : begin + most], "next_cursor": cursor})
        wanted = path.rpartition("/")[2]
        return (
            httpx.Response(200, json={"id": wanted, **people[wanted]})
            if wanted in people
            else httpx.Response(404)
        )


@dataclass
class Identity:
    """The issuer, one browser and one client of it."""

    browser: httpx.AsyncClient
    neighbours: Neighbours
    now: int = 1_800_000_000

    async def begin(self, **changed: str) -> httpx.Response:
        """The client sends the browser to the authorization endpoint."""
        query = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "s1",
            "nonce": "n1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **changed,
        }
        wanted = {name: value for name, value in query.items() if value}
        return await self.browser.get(f"/oauth/authorize?{urlencode(wanted)}")

    async def page(self, path: str) -> tuple[str, str]:
        """A page of a login and the token in its forms."""
        text = (await self.browser.get(path)).raise_for_status().text
        return text, text.partition('name="csrf" value="')[2].partition('"')[0]

    async def choose(
        self,
        kind: str = "person",
        form: dict[str, str] | None = None,
        begun: httpx.Response | None = None,
    ) -> httpx.Response:
        """The browser is sent back with the answer."""
        place = (begun or await self.begin()).headers["location"]
        _, csrf = await self.page(place)
        usual = {"organisation": str(ORGANISATION), "person": str(PERSON)} if kind == "person" else {}
        return await self.browser.post(f"{place}/{kind}", data={"csrf": csrf, **usual, **(form or {})})

    async def code(self, kind: str = "person", **form: str) -> str:
        return answer_of(await self.choose(kind, form))["code"]

    async def exchange(self, code: str, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changed,
        }
        return await self.post("token", **form)

    async def refresh(self, token: str, **changed: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token, **changed}
        return await self.post("token", **form)

    async def post(self, place: str, **form: str) -> httpx.Response:
        return await self.browser.post(f"/oauth/{place}", data=form, headers={"cookie": ""})

    async def tokens(self, kind: str = "person", **form: str) -> dict[str, Any]:
        answer = await self.exchange(await self.code(kind, **form))
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def answer_of(redirect: httpx.Response) -> dict[str, str]:
    """What the client's redirect address is told."""
    assert redirect.status_code == 303, redirect.text
    place = urlsplit(redirect.headers["location"])
    return {name: values[0] for name, values in parse_qs(place.query).items()}


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.fixture
async def identity() -> AsyncIterator[Identity]:
    neighbours = Neighbours()
    issuer = Issuer(DEFAULT_ISSUER, key(), lambda: made.now)
    services = Services(
        issuer,
        connection_svc="http://connection-svc",
        assignment_svc="http://assignment-svc",
        transport=httpx.MockTransport(neighbours.answer),
    )
    app = build_app(issuer, open_database(None), services, lambda: made.now, hosts=["identity"])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=DEFAULT_ISSUER) as browser:
        made = Identity(browser, neighbours)
        yield made


@pytest.fixture
def stranger() -> str:
    return str(uuid4())
