"""The pages: plain HTML from templates that escape whatever stands in them."""

from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from koppel_identity.clients import origin_of
from koppel_identity.web.texts import LANGUAGES, preferred

_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'{}; frame-ancestors 'none'; base-uri 'none'"
)


class Pages:
    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("koppel_identity.web"), autoescape=True, undefined=StrictUndefined
        )

    def show(
        self,
        template: str,
        language: str,
        *,
        status: int = HTTPStatus.OK,
        returns_to: str = "",
        **shown: object,
    ) -> Response:
        """`returns_to`: where a form of the page may send the browser in the end; browsers hold the policy for that, too."""
        other = next(each for each in LANGUAGES if each != language)
        text = self._templates.get_template(f"{template}.html").render(
            words=LANGUAGES[language], language=language, other_language=other, **shown
        )
        policy = _POLICY.format(f" {origin_of(returns_to)}" if returns_to else "")
        return HTMLResponse(text, status, headers={"content-security-policy": policy})

    def error(self, request: Request, text: str, status: int = HTTPStatus.BAD_REQUEST) -> Response:
        """`text` is the name of one."""
        language = preferred(request.headers.get("accept-language", ""))
        return self.show("message", language, status=status, title="error_title", text=text, wrong=True)
