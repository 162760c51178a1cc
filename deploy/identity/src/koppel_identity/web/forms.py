"""Form bodies: small, each name once."""

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request

from koppel_identity.login import OAuthError

FORM = "application/x-www-form-urlencoded"


def comes_from_elsewhere(request: Request, issuer: str) -> bool:
    """Whether a page of somebody else sent this form: browsers name the origin with every POST."""
    origin = request.headers.get("origin", issuer)
    return origin not in {issuer, f"http://{request.headers.get('host', '')}"}


async def form_of(request: Request) -> dict[str, str]:
    """The fields of the body. Raises `OAuthError` for another type of body, and for a field that comes twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", "the body must be form-encoded")
    form = await request.form(max_files=0, max_fields=50)
    return once(form)


def once(fields: FormData | QueryParams) -> dict[str, str]:
    """RFC 6749, 3.1: a parameter comes once. Raises `OAuthError`."""
    found = {name: value for name, value in fields.multi_items() if isinstance(value, str)}
    if len(found) != len(fields.multi_items()):
        raise OAuthError("invalid_request", "a parameter comes twice")
    return found
