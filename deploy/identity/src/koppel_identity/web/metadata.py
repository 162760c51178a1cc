"""Discovery (OpenID Connect Discovery 1.0, RFC 8414) and the key set."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from koppel_identity.issuer import Issuer
from koppel_identity.web.guard import host_of

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANTS = ("authorization_code", "refresh_token", DEVICE_GRANT)
SCOPES = ("openid", "profile", "email", "offline_access")


class Metadata:
    """Browsers are sent to the issuer's own address; a client that asks by one of `hosts`, such as a container's name, calls there."""

    def __init__(self, issuer: Issuer, hosts: Collection[str] = ()) -> None:
        self._issuer = issuer
        self._hosts = frozenset(hosts)

    async def discovery(self, request: Request) -> Response:
        host = request.headers.get("host", "")
        called = f"http://{host}" if host_of(host) in self._hosts else self._issuer.name
        return JSONResponse({**self._for_browsers(), **_for_clients(called), **_ABILITIES})

    async def keys(self, request: Request) -> Response:
        del request
        return JSONResponse(self._issuer.keys(), headers={"cache-control": "public, max-age=300"})

    def _for_browsers(self) -> dict[str, object]:
        return {
            "issuer": self._issuer.name,
            "authorization_endpoint": f"{self._issuer.name}/oauth/authorize",
            "end_session_endpoint": f"{self._issuer.name}/oauth/end_session",
        }


def _for_clients(called: str) -> dict[str, object]:
    return {
        "token_endpoint": f"{called}/oauth/token",
        "device_authorization_endpoint": f"{called}/oauth/device_authorization",
        "jwks_uri": f"{called}/oauth/jwks",
        "userinfo_endpoint": f"{called}/oauth/userinfo",
        "revocation_endpoint": f"{called}/oauth/revoke",
    }


_ABILITIES: dict[str, object] = {
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": list(GRANTS),
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none"],
    "revocation_endpoint_auth_methods_supported": ["none"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "scopes_supported": list(SCOPES),
    "claims_supported": [
        "iss", "aud", "sub", "exp", "iat", "auth_time", "nonce", "sid", "at_hash",
        "kind", "org", "org_name", "roles", "rights", "name", "email",
    ],
    "ui_locales_supported": ["nl", "en"],
    "prompt_values_supported": ["login", "select_account", "consent"],
    "authorization_response_iss_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
}  # fmt: skip
