"""SnelStart's answers: errors in four shapes, and whose fault a refused call is.

Shapes: `[{"errorCode", "message"}]`, `{"Message"}`, `{"message"}` (the gateway's), `{"message", "modelState"}`.
"""

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.failures import FailureKind, ProviderFailure, failure

_SUBSCRIPTION = "subscription key"
"""What the gateway's text names when it is our subscription that it refuses; anything else is the office's key."""

_QUOTA = "out of call volume quota"
"""What a gateway of this make says besides (unconfirmed here)."""

_LOOKED_AT = 500
"""Characters of a message."""

_UNTOLD_WAIT = 60.0
"""Seconds after a 429 that does not say until when."""

_BY_STATUS: dict[int, FailureKind] = {
    401: failures.UNAUTHORIZED,
    403: failures.SCOPE_MISSING,
    404: failures.NOT_FOUND,
    408: failures.TIMEOUT,
    429: failures.RATE_LIMITED,
}


def failure_of(answer: Answer) -> ProviderFailure:
    """The failure behind an answer that is not 200."""
    code, message = error_of(answer)
    kind = _kind(answer.status, message)
    wait = answer.retry_after()
    if not wait and kind is failures.RATE_LIMITED:
        wait = _UNTOLD_WAIT
    return failure(kind, provider_code=code, retry_after=wait)


def _kind(status: int, message: str) -> FailureKind:
    if status < 400:  # redirects are not followed, 204 has no list
        return failures.BAD_ANSWER
    if status >= 500:
        return failures.UNAVAILABLE
    if status in (401, 403) and is_our_subscription(message):
        return failures.CLIENT_INVALID
    if status == 403 and is_quota(message):
        return failures.RATE_LIMITED
    return _BY_STATUS.get(status, failures.REQUEST_REFUSED)


def is_our_subscription(message: str) -> bool:
    """Whether a 401 or 403 is about Koppel's own subscription key: missing, expired, wrong."""
    return _SUBSCRIPTION in message.lower()


def is_quota(message: str) -> bool:
    """Whether the gateway says that the calls of a longer window are used up: a 403 there, and no 429."""
    return _QUOTA in message.lower()


def error_of(answer: Answer) -> tuple[str | None, str]:
    """The provider's error code, when it has the form `ABC-0000`, and the message; either may be missing."""
    try:
        body = answer.json()
    except ProviderFailure:
        return None, ""
    error = body[0] if isinstance(body, list) and body else body
    if not isinstance(error, dict):
        return None, ""
    message = next((text for name in ("message", "Message") if (text := _text(error.get(name)))), "")
    return _code(error.get("errorCode")), message


def _text(value: JsonValue) -> str:
    return value[:_LOOKED_AT] if isinstance(value, str) else ""


def _code(value: JsonValue) -> str | None:
    if not (isinstance(value, str) and value.isascii() and len(value) == 8):
        return None
    letters, dash, digits = value.partition("-")
    return value if dash and letters.isupper() and len(letters) == 3 and digits.isdigit() else None
