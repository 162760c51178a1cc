"""Moneybird's answers: what a refusal means, how long to wait, and whether a listing goes on."""

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.counters import usage_of
from koppel.providers.failures import FailureKind, ProviderFailure, failure
from koppel.providers.moneybird.profile import REQUESTS

_BY_STATUS: dict[int, FailureKind] = {
    401: failures.UNAUTHORIZED,
    402: failures.COMPANY_INACTIVE,  # the administration's subscription does not allow it
    403: failures.FORBIDDEN,
    408: failures.TIMEOUT,
    429: failures.RATE_LIMITED,
}

_UNTOLD_WAIT = 60.0
"""Seconds after a 429 that does not say until when."""


def failure_of(answer: Answer, *, in_administration: bool) -> ProviderFailure:
    """The failure behind an answer that is not 200. Its body can be JSON, HTML or a bare JSON string.

    Every path that Koppel asks exists in each administration: a 404 inside one says that it cannot be reached.
    """
    kind, usage = _kind(answer, in_administration=in_administration), usage_of(answer, (REQUESTS,))
    wait = answer.retry_after()
    if kind is failures.RATE_LIMITED:  # an instant that has passed says as little as none
        told = wait or next((each.resets_in for each in usage if each.resets_in), _UNTOLD_WAIT)
        wait = min(told, float(REQUESTS.seconds))
    return failure(kind, retry_after=wait, usage=usage)


def _kind(answer: Answer, *, in_administration: bool) -> FailureKind:
    if answer.status < 400:  # redirects are not followed, 204 has no list
        return failures.BAD_ANSWER
    if answer.status >= 500:
        return failures.UNAVAILABLE
    if answer.status == 404:
        return failures.NO_COMPANY_ACCESS if in_administration else failures.NOT_FOUND
    symbolic = answer.error_object().get("symbolic")
    if answer.status in (400, 403) and isinstance(symbolic, dict) and "administration" in symbolic:
        return failures.COMPANY_INACTIVE
    return _BY_STATUS.get(answer.status, failures.REQUEST_REFUSED)


def has_next_page(answer: Answer) -> bool:
    """Whether a `Link` header (RFC 8288) names a next page. A page past the last is a 400, so none is tried.

    The address in it is not followed: it is the provider's text, and the token goes to the configured host alone.
    """
    links = answer.headers.get("Link", "").split(",")
    parts = (part.strip().lower() for link in links for part in link.split(";")[1:])
    return any(
        "next" in part.partition("=")[2].strip(' "').split() for part in parts if part.startswith("rel")
    )
