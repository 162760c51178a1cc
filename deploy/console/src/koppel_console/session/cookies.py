"""The console's cookies. On https each has the prefix `__Host-`, which no neighbour can plant; on loopback a plain name."""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from koppel.kernel.errors import Permanent
from koppel_console.session.seal import Seal
from koppel_console.session.session import LARGEST, Session

_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookies:
    """Reads and sets them; `secure` says that the console is reached by https."""

    seal: Seal
    secure: bool

    @property
    def session_name(self) -> str:
        return "__Host-koppel" if self.secure else "koppel_session"

    def session(self, request: Request) -> Session | None:
        """The login that the browser carries, whether its token still holds or not."""
        content = self.seal.open(request.cookies.get(self.session_name, ""), "session")
        return None if content is None else Session.unpacked(content)

    def keep_session(self, answer: Response, session: Session) -> None:
        """Until the browser closes. Raises `Permanent` (`session_too_large`) for tokens that no cookie can hold."""
        self._set(answer, self.session_name, self.sealed(session), None)

    def sealed(self, session: Session) -> str:
        """The cookie's value; without the refresh token where both do not fit."""
        whole = self.seal.seal(session.packed(), "session")
        if len(whole) > LARGEST and session.refresh_token is not None:
            whole = self.seal.seal(replace(session, refresh_token=None).packed(), "session")
        if len(whole) > LARGEST:
            raise Permanent("session_too_large", "The issuer's token is larger than a cookie can be.")
        return whole

    def forget_session(self, answer: Response) -> None:
        answer.delete_cookie(self.session_name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def browser(self, request: Request) -> str | None:
        """The browser's own mark; forms and logins are bound to it."""
        mark = request.cookies.get(self._name("browser"), "")
        return mark if 20 <= len(mark) <= 60 and mark.isascii() else None

    def keep_browser(self, answer: Response, mark: str) -> None:
        self._set(answer, self._name("browser"), mark, _A_YEAR)

    def view(self, request: Request) -> tuple[str, str, str]:
        """Language, theme and clock as chosen; each may be empty."""
        language, _, rest = request.cookies.get(self._name("view"), "")[:20].partition(".")
        theme, _, clock = rest.partition(".")
        return language, theme, clock

    def keep_view(self, answer: Response, language: str, theme: str, clock: str) -> None:
        self._set(answer, self._name("view"), f"{language}.{theme}.{clock}", _A_YEAR)

    def _name(self, what: str) -> str:
        return f"__Host-koppel-{what}" if self.secure else f"koppel_{what}"

    def _set(self, answer: Response, name: str, value: str, max_age: int | None) -> None:
        answer.set_cookie(
            name, value, max_age=max_age, path="/", secure=self.secure, httponly=True, samesite="lax"
        )
