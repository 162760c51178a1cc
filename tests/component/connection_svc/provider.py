"""The provider that connection-svc's tests log in at: codes, tokens and their withdrawal."""

import asyncio
import base64
import hashlib
import secrets
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx

PROVIDER = "http://provider.test"


class Provider:
    """A provider's login and token endpoints. `calls` are the token calls that arrived.

    `single_use` refresh tokens are used up when they rotate; `repeats` gives the refresh token of before again.
    """

    def __init__(self) -> None:
        self.calls: list[dict[str, str]] = []
        self.revoked: list[str] = []
        self.rotates = True
        self.single_use = True
        self.repeats = False
        self.breaks_access_token = False
        self.lasts = 3600
        self.faults: list[httpx.Response | Exception] = []
        self.after_work: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.revocation_status = 200
        self.known_refresh_tokens: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh_tokens: dict[str, str] = {}
        self._access_tokens: dict[str, str] = {}

    def log_in(self, authorization_url: str, *, company: str = "acme", **changes: str | None) -> str:
        """Where the provider sends the browser; `changes` replaces or (None) drops parameters."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked | {"company": company}
        answer: dict[str, str | None] = {"code": code, "state": asked["state"], "iss": PROVIDER, **changes}
        query = urlencode({name: value for name, value in answer.items() if value is not None})
        return f"{asked['redirect_uri']}?{query}"

    def forget_refresh_tokens(self) -> None:
        self._refresh_tokens.clear()

    @property
    def secrets(self) -> list[str]:
        """Every token that was ever given out."""
        return [*self._access_tokens, *self.known_refresh_tokens]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/connect/token":
                return await self._token(dict(parse_qsl(request.content.decode())))
            case "/connect/revocation":
                self.revoked.append(dict(parse_qsl(request.content.decode()))["token"])
                return httpx.Response(self.revocation_status, json={"error": "invalid_request"})
            case "/v2/companysettings":
                company = self._access_tokens.get(request.headers["authorization"].removeprefix("Bearer "))
                body = {"CompanyIdentifier": company, "Name": f"{company} B.V."}
                return httpx.Response(200, json=body) if company else httpx.Response(401, json={})
        return httpx.Response(404)

    async def _token(self, form: dict[str, str]) -> httpx.Response:
        self.calls.append(form)
        if self.gate is not None:
            await self.gate.wait()
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        company = self._redeemed(form)
        if company is None:
            return httpx.Response(400, json={"error": "invalid_grant"})
        answer = self._issue(form, company)
        if self.after_work:
            raise self.after_work.pop(0)
        return answer

    def _redeemed(self, form: dict[str, str]) -> str | None:
        if form["grant_type"] == "refresh_token":
            token = form["refresh_token"]
            used_up = self.rotates and self.single_use
            return self._refresh_tokens.pop(token, None) if used_up else self._refresh_tokens.get(token)
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if asked is None or asked["code_challenge"] != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            return None
        return asked["company"] if asked["redirect_uri"] == form["redirect_uri"] else None

    def _issue(self, form: dict[str, str], company: str) -> httpx.Response:
        access = f"access-{secrets.token_urlsafe(24)}"
        self._access_tokens[access] = company
        body: dict[str, object] = {"access_token": access, "expires_in": self.lasts, "token_type": "Bearer"}
        if self.rotates or form["grant_type"] == "authorization_code":
            if not (self.repeats and self.known_refresh_tokens):
                self.known_refresh_tokens.append(f"refresh-{secrets.token_urlsafe(24)}")
            refresh = self.known_refresh_tokens[-1]
            self._refresh_tokens[refresh] = company
            body["refresh_token"] = refresh
        if self.breaks_access_token:
            body["access_token"] = None
        return httpx.Response(200, json=body)
