"""What an answer of Exact's that is not 200 means: its status, its `Reason` header, and words of its text.

The texts are Exact's own, compared in lower case and cut; none is ever copied into a failure.
"""

from itertools import takewhile

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.counters import usage_of, wait_of
from koppel.providers.exact_online.profile import API_WINDOWS
from koppel.providers.failures import FailureKind, ProviderFailure, failure

_BY_REASON: dict[str, FailureKind] = {
    "blockeduser": failures.LOGIN_BLOCKED,
    "inactiveuser": failures.LOGIN_BLOCKED,
    "blockedcustomer": failures.LICENCE_EXPIRED,
    "licenseexpired": failures.LICENCE_EXPIRED,
    "divisionblocked": failures.COMPANY_BLOCKED,
    "nodivisionaccess": failures.NO_COMPANY_ACCESS,
}
"""Words that the `Reason` header of a 403 begins with, in lower case."""

_BY_TEXT: tuple[tuple[str, FailureKind], ...] = (
    ("application scope violated", failures.RIGHTS_NOT_REGISTERED),
    ("not within division scope", failures.NOT_IN_CONSENT),
)
"""What a 403 says in its `Reason` or somewhere in its body, which is JSON or plain text."""

_BY_STATUS: dict[int, FailureKind] = {
    401: failures.UNAUTHORIZED,
    403: failures.FORBIDDEN,
    404: failures.NOT_FOUND,
    408: failures.TIMEOUT,
    429: failures.RATE_LIMITED,
}

_LONGEST_TEXT = 1000
"""Characters of a header, bytes of a body."""


def failure_of(answer: Answer) -> ProviderFailure:
    """The failure behind an answer that is not 200; a 5xx is the provider's, whatever its body says."""
    kind = _kind(answer)
    usage = usage_of(answer, API_WINDOWS)
    wait = wait_of(answer, usage) if kind is failures.RATE_LIMITED else answer.retry_after()
    return failure(kind, retry_after=wait, usage=usage)


def _kind(answer: Answer) -> FailureKind:
    if answer.status < 400:  # redirects are not followed, 204 has no page
        return failures.BAD_ANSWER
    if answer.status >= 500:
        return failures.UNAVAILABLE
    known = None
    if answer.status == 403:
        reason = answer.headers.get("Reason", "")[:_LONGEST_TEXT].strip().lower()
        word = "".join(takewhile(str.isalpha, reason))
        said = f"{reason}\n{answer.beginning(_LONGEST_TEXT).lower()}"
        known = _BY_REASON.get(word) or next((kind for words, kind in _BY_TEXT if words in said), None)
    return known or _BY_STATUS.get(answer.status, failures.REQUEST_REFUSED)
