"""The token endpoint (RFC 6749): codes, refresh tokens and device codes become tokens."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from koppel_identity.clients import CLIENTS, Client
from koppel_identity.directory.directory import Directory
from koppel_identity.issuer import ACCESS_SECONDS, REFRESH_SECONDS, Issuer
from koppel_identity.login import OAuthError
from koppel_identity.store.codes import Codes
from koppel_identity.store.devices import Devices
from koppel_identity.store.logins import Login, Logins
from koppel_identity.web.forms import form_of
from koppel_identity.web.metadata import DEVICE_GRANT, GRANTS


class Tokens:
    def __init__(
        self, *, issuer: Issuer, logins: Logins, codes: Codes, devices: Devices, directory: Directory
    ) -> None:
        self._issuer = issuer
        self._logins = logins
        self._codes = codes
        self._devices = devices
        self._directory = directory

    async def answer(self, request: Request) -> Response:
        try:
            form = await form_of(request)
            client = client_of(form)
            grant = form.get("grant_type")
            if grant == "authorization_code":
                return self._code(client, form)
            if grant == "refresh_token":
                return await self._refresh(client, form)
            if grant == DEVICE_GRANT:
                return self._tokens(self._devices.exchange(client.id, _needed(form, "device_code")), "")
            raise OAuthError("unsupported_grant_type", f"supported are {', '.join(GRANTS)}")
        except OAuthError as error:
            return refusal(error)

    def _code(self, client: Client, form: dict[str, str]) -> Response:
        login, nonce = self._codes.exchange(
            client.id,
            _needed(form, "code"),
            redirect_uri=_needed(form, "redirect_uri"),
            verifier=_needed(form, "code_verifier"),
        )
        return self._tokens(login, nonce)

    async def _refresh(self, client: Client, form: dict[str, str]) -> Response:
        """As the directory has the person now: a new role, or none any more."""
        login = self._logins.refresh(client.id, _needed(form, "refresh_token"))
        person = await self._directory.renewed(login.person)
        if person is None:
            self._logins.end(login.sid)
            raise OAuthError("invalid_grant", "the person has left the directory")
        return self._tokens(self._logins.renew(login, person), "")

    def _tokens(self, login: Login, nonce: str) -> Response:
        access_token = self._issuer.access_token(login)
        return JSONResponse(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": ACCESS_SECONDS,
                "refresh_token": self._logins.new_refresh_token(login, REFRESH_SECONDS),
                "id_token": self._issuer.id_token(login, access_token, nonce),
            }
        )


def client_of(form: dict[str, str]) -> Client:
    """The client that the form names. Raises `OAuthError`."""
    client = CLIENTS.get(form.get("client_id", ""))
    if client is None:
        raise OAuthError("invalid_client", "the client is not known here", 401)
    return client


def refusal(error: OAuthError) -> Response:
    """RFC 6749, 5.2."""
    return JSONResponse({"error": error.code, "error_description": error.description}, error.status)


def _needed(form: dict[str, str], name: str) -> str:
    if value := form.get(name):
        return value
    raise OAuthError("invalid_request", f"{name} is missing")
