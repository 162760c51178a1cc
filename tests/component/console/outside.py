"""What stands around the console: four services and an issuer, each answering what a test says."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

SERVICES = {name: f"http://{name}" for name in ("connection-svc", "import-svc", "assignment-svc", "sync-svc")}
ISSUER = "http://issuer"

Answer = dict[str, Any] | httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def problem(status: int, code: str, detail: str = "", **more: Any) -> httpx.Response:
    """As services refuse."""
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail, **more}
    return httpx.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


@dataclass(slots=True)
class Outside:
    """`answers` by `METHOD service/path`; a list that nobody told of is empty, a thing 404. `calls` are those that came."""

    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[httpx.Request] = field(default_factory=list)

    def says(self, method: str, service: str, path: str, answer: Answer) -> None:
        self.answers[f"{method} {service}{path}"] = answer

    def lists(self, service: str, path: str, *items: dict[str, Any], **more: Any) -> None:
        found = {"items": list(items), "next_cursor": None, "total": len(items), **more}
        self.says("GET", service, path, found)

    def asked(self, method: str, service: str, path: str) -> list[httpx.Request]:
        """The calls of one kind."""
        return [
            call
            for call in self.calls
            if (call.method, call.url.host, call.url.path) == (method, service, path)
        ]

    def body(self, method: str, service: str, path: str) -> Any:
        """What the last call of one kind brought."""
        return json.loads(self.asked(method, service, path)[-1].content)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        answer = self.answers.get(f"{request.method} {request.url.host}{request.url.path}")
        if answer is None:
            last = request.url.path.rpartition("/")[2]
            is_list = request.method == "GET" and last.replace("-", "").isalpha()
            answer = (
                {"items": [], "next_cursor": None, "total": 0} if is_list else problem(404, "thing_not_found")
            )
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True)
class StubIssuer:
    """Remembers who asked for a login by its code, and answers token calls once a code."""

    claims: dict[str, Any] = field(default_factory=dict)
    seconds: int = 3600
    nonces: dict[str, tuple[str, str]] = field(default_factory=dict)
    refreshed: int = 0
    away: bool = False
    wrong: dict[str, Any] = field(default_factory=dict)
    """Claims that an ID token has otherwise than it should."""

    def authorize(self, url: str) -> dict[str, str]:
        """A person logs in at the URL: the callback's query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = uuid4().hex
        self.nonces[code] = (query["nonce"], query["code_challenge"])
        return {"code": code, "state": query["state"]}

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
            found = {name: f"{ISSUER}/{path}" for name, path in names.items()}
            return httpx.Response(
                200, json={"issuer": ISSUER, "end_session_endpoint": f"{ISSUER}/end", **found}
            )
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form.get("grant_type") == "refresh_token":
            self.refreshed += 1
            return self._tokens("")
        found_nonce = self.nonces.pop(form.get("code", ""), None)
        return (
            self._tokens(found_nonce[0])
            if found_nonce
            else httpx.Response(400, json={"error": "invalid_grant"})
        )

    def key(self) -> Any:
        return _KEY.public_key()

    def jwks(self) -> dict[str, Any]:
        return {
            "keys": [{**RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True), "kid": "one", "alg": "RS256"}]
        }

    def _tokens(self, nonce: str) -> httpx.Response:
        now = int(time.time())
        whole = {"iss": ISSUER, "iat": now, "exp": now + self.seconds, **self.claims}
        id_token = jwt.encode(
            {**whole, "aud": "koppel-console", "nonce": nonce, "exp": now + 300, **self.wrong},
            _KEY,
            algorithm="RS256",
            headers={"kid": "one"},
        )
        access = jwt.encode({**whole, "aud": "koppel"}, _KEY, algorithm="RS256", headers={"kid": "one"})
        body = {
            "access_token": access,
            "id_token": id_token,
            "refresh_token": uuid4().hex,
            "expires_in": self.seconds,
            "token_type": "Bearer",
        }
        return httpx.Response(200, json=body)
