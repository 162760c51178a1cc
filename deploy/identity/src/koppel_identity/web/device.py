"""Where a login begins on a command line: the device authorization endpoint, and the page for its user code (RFC 8628)."""

from collections import deque
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from koppel_identity.instants import Clock
from koppel_identity.issuer import Issuer
from koppel_identity.login import Asked, OAuthError
from koppel_identity.store.attempts import Attempts
from koppel_identity.store.devices import DEVICE_SECONDS, PAUSE, Devices
from koppel_identity.web.authorize import start
from koppel_identity.web.forms import comes_from_elsewhere, form_of
from koppel_identity.web.metadata import SCOPES
from koppel_identity.web.pages import Pages
from koppel_identity.web.texts import preferred
from koppel_identity.web.tokens import client_of, refusal

GUESSES, WITHIN = 10, 60
"""So many wrong user codes in so many seconds, whoever types them: of 20^8 codes that leaves a guesser nothing."""


class DevicePages:
    def __init__(
        self, *, issuer: Issuer, attempts: Attempts, devices: Devices, pages: Pages, clock: Clock
    ) -> None:
        self._issuer = issuer
        self._attempts = attempts
        self._devices = devices
        self._pages = pages
        self._clock = clock
        self._wrong: deque[int] = deque(maxlen=GUESSES)

    async def issue(self, request: Request) -> Response:
        """Codes for a client that has no browser."""
        try:
            form = await form_of(request)
            client = client_of(form)
            if not set(form.get("scope", "").split()) <= {*SCOPES}:
                raise OAuthError("invalid_scope", "unknown scope")
            device, user = self._devices.issue(client.id, form.get("scope", ""))
        except OAuthError as error:
            return refusal(error)
        return JSONResponse(
            {
                "device_code": device,
                "user_code": user,
                "verification_uri": f"{self._issuer.name}/device",
                "verification_uri_complete": f"{self._issuer.name}/device?user_code={user}",
                "expires_in": DEVICE_SECONDS,
                "interval": PAUSE,
            }
        )

    async def ask(self, request: Request) -> Response:
        """The page for the user code; a link may bring it, and the person compares."""
        return self._page(request, code=request.query_params.get("user_code", "")[:20])

    async def enter(self, request: Request) -> Response:
        """The user code is right: a login begins. Somebody else's page may not send it: the person has to compare the codes."""
        try:
            form = await form_of(request)
        except OAuthError:
            form = {}
        if not form or comes_from_elsewhere(request, self._issuer.name):
            return self._pages.error(request, "form_foreign")
        code = form.get("user_code", "")[:20]
        if self._guessed_too_often():
            return self._page(request, code=code, wrong="code_too_often", status=HTTPStatus.TOO_MANY_REQUESTS)
        waiting = self._devices.waiting(code)
        if waiting is None:
            self._wrong.append(self._clock())
            return self._page(request, code=code, wrong="code_wrong", status=HTTPStatus.UNPROCESSABLE_ENTITY)
        device, client_id = waiting
        return start(request, self._attempts, Asked(client_id=client_id, device=device))

    def _guessed_too_often(self) -> bool:
        return len(self._wrong) == GUESSES and self._wrong[0] > self._clock() - WITHIN

    def _page(self, request: Request, *, code: str, wrong: str = "", status: int = HTTPStatus.OK) -> Response:
        language = preferred(request.headers.get("accept-language", ""))
        return self._pages.show("device", language, status=status, code=code, wrong=[wrong] if wrong else [])
