"""After a login: who it is (userinfo), and its end, by the client (RFC 7009) or the browser (RP-Initiated Logout 1.0)."""

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from koppel_identity.clients import CLIENTS
from koppel_identity.issuer import Issuer
from koppel_identity.login import OAuthError
from koppel_identity.store.logins import Logins
from koppel_identity.web.forms import form_of, once
from koppel_identity.web.pages import Pages
from koppel_identity.web.texts import preferred
from koppel_identity.web.tokens import client_of, refusal

_LONGEST_STATE = 1000


class Sessions:
    def __init__(self, issuer: Issuer, logins: Logins, pages: Pages) -> None:
        self._issuer = issuer
        self._logins = logins
        self._pages = pages

    async def userinfo(self, request: Request) -> Response:
        """The person of an access token whose login has not ended."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = self._issuer.bearer(token) if scheme.lower() == "bearer" else None
        login = self._logins.find(str(claims.get("sid"))) if claims else None
        if login is None:
            return JSONResponse(
                {"error": "invalid_token"}, 401, headers={"www-authenticate": 'Bearer error="invalid_token"'}
            )
        return JSONResponse(login.person.for_clients())

    async def revoke(self, request: Request) -> Response:
        """Ends the login behind a token of the client; unknown tokens answer 200 as well."""
        try:
            form = await form_of(request)
            client = client_of(form)
        except OAuthError as error:
            return refusal(error)
        token = form.get("token", "")
        claims = self._issuer.bearer(token)
        sid = str(claims.get("sid")) if claims else self._logins.sid_of(token)
        login = self._logins.find(sid) if sid else None
        if login is not None and login.client_id == client.id:
            self._logins.end(login.sid)
        return Response(status_code=200)

    async def end(self, request: Request) -> Response:
        """With the ID token of the login as a hint it ends; without, nothing does: whoever made the link is not known."""
        try:
            asked = await form_of(request) if request.method == "POST" else once(request.query_params)
        except OAuthError:
            asked = {}
        claims = self._issuer.hinted(asked.get("id_token_hint", ""))
        client = CLIENTS.get(str(claims["aud"])) if claims else None
        if claims and client:
            self._logins.end(str(claims.get("sid")))
            uri, state = asked.get("post_logout_redirect_uri", ""), asked.get("state", "")[:_LONGEST_STATE]
            if client.may_return_to(uri):
                query = urlencode({"state": state}) if state else ""
                joint = ("&" if urlsplit(uri).query else "?") if query else ""
                return RedirectResponse(f"{uri}{joint}{query}", 303)
        language = preferred(asked.get("ui_locales", "") or request.headers.get("accept-language", ""))
        return self._pages.show("message", language, title="out_title", text="out", wrong=False)
