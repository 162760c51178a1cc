"""What a refused token call means: one table for each provider, read from the top, before the rules of RFC 6749."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.failures import FailureKind, ProviderFailure, failure

UNTOLD_WAIT = 60.0
"""Seconds after a refusal that neither says why nor until when."""

_LONGEST_TEXT = 500
"""Characters of a description or a header that are looked at."""
_LONGEST_CODE = 40

log = logging.getLogger(__name__)


class TokenVerdict(StrEnum):
    """What follows from a refusal.

    `GRANT_DEAD`: a person logs in again. `TOO_EARLY`: the same call is taken later. `OUR_CREDENTIALS` and
    `OUR_REQUEST`: we are at fault, every grant of the provider meets it, and trying again only spends calls.
    """

    GRANT_DEAD = "grant_dead"
    TOO_EARLY = "too_early"
    OUR_CREDENTIALS = "our_credentials"
    OUR_REQUEST = "our_request"
    TRANSIENT = "transient"


VERDICTS: dict[TokenVerdict, FailureKind] = {
    TokenVerdict.GRANT_DEAD: failures.GRANT_INVALID,
    TokenVerdict.TOO_EARLY: failures.REFRESH_TOO_EARLY,
    TokenVerdict.OUR_CREDENTIALS: failures.CLIENT_INVALID,
    TokenVerdict.OUR_REQUEST: failures.REQUEST_REFUSED,
    TokenVerdict.TRANSIENT: failures.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefusal:
    """One row: a refusal with all that is named here has this verdict.

    `error` is the answer's `error` as it stands; `says` is part of its `error_description`, whatever the case;
    `header` is a header's name and what its value begins with.
    """

    verdict: TokenVerdict
    status: int | None = None
    error: str | None = None
    says: str | None = None
    header: tuple[str, str] | None = None

    def covers(self, answer: Answer, error: str, description: str) -> bool:
        """Whether the answer is such a refusal. A 429 and a fault of the provider (5xx) are one only by name."""
        refused = 400 <= answer.status < 500 and answer.status != 429
        if not (refused if self.status is None else answer.status == self.status):
            return False
        if self.error is not None and error != self.error:
            return False
        if self.says is not None and self.says.lower() not in description:
            return False
        return self.header is None or _begins(answer, *self.header)


_OAUTH: dict[str, FailureKind] = {
    "access_denied": failures.CONSENT_DENIED,
    "consent_required": failures.CONSENT_DENIED,
    "interaction_required": failures.CONSENT_DENIED,
    "login_required": failures.CONSENT_DENIED,
    "invalid_grant": failures.GRANT_INVALID,
    "invalid_client": failures.CLIENT_INVALID,
    "unauthorized_client": failures.CLIENT_INVALID,
    "invalid_scope": failures.CLIENT_INVALID,
    "invalid_request": failures.REQUEST_REFUSED,
    "unsupported_grant_type": failures.REQUEST_REFUSED,
    "unsupported_response_type": failures.REQUEST_REFUSED,
    "server_error": failures.UNAVAILABLE,
    "temporarily_unavailable": failures.UNAVAILABLE,
}


def oauth_failure(error: str, *, retry_after: float | None = None) -> ProviderFailure:
    """The failure behind an OAuth `error` code, of a callback or of a token answer.

    A code that is not RFC 6749's blames nobody, and stands for an outage as often as for anything (`internal_error`): it may
    pass. To take it for our fault would end all refreshes of the grant until somebody looks.
    """
    if (kind := _OAUTH.get(error)) is not None:
        return failure(kind, retry_after=retry_after)
    log.warning("a provider refuses with an error that RFC 6749 does not have: %s", _code(error))
    return failure(failures.UNAVAILABLE, retry_after=retry_after or UNTOLD_WAIT)


def refusal_of(answer: Answer, own: Iterable[TokenRefusal] = ()) -> ProviderFailure:
    """The failure behind an answer that is not 200: by the provider's own table, else by RFC 6749 §5.2.

    A refusal without an `error`, such as a page of something in between, says nothing of our request: it may pass.
    """
    body = answer.error_object()
    error, told = body.get("error"), body.get("error_description")
    name = error if isinstance(error, str) else ""
    description = told[:_LONGEST_TEXT].lower() if isinstance(told, str) else ""
    for row in own:
        if row.covers(answer, name, description):
            return failure(VERDICTS[row.verdict], retry_after=answer.retry_after())
    if answer.status == 429:
        return failure(failures.RATE_LIMITED, retry_after=answer.retry_after() or UNTOLD_WAIT)
    if answer.status >= 500:
        return failure(failures.UNAVAILABLE, retry_after=answer.retry_after())
    if name:
        return oauth_failure(name, retry_after=answer.retry_after())
    if answer.status < 400:
        return failure(failures.BAD_ANSWER)
    if answer.status == 401 and not answer.is_page:
        return failure(failures.CLIENT_INVALID)
    return failure(failures.UNAVAILABLE, retry_after=answer.retry_after() or UNTOLD_WAIT)


def _code(error: str) -> str:
    """What may be logged of it: a short code as standards write them. Text could be anything, a secret too."""
    short = error.replace("_", "") if len(error) <= _LONGEST_CODE else ""
    return error if short.isascii() and short.isalpha() and short.islower() else "not a code"


def _begins(answer: Answer, name: str, start: str) -> bool:
    value: str = answer.headers.get(name, "")
    return value[:_LONGEST_TEXT].strip().lower().startswith(start.lower())
