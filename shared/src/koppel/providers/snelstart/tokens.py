"""SnelStart's tokens: a key is exchanged for one, again and again; nothing is refreshed or withdrawn."""

from collections.abc import Mapping

import httpx

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.failures import ProviderFailure, failure
from koppel.providers.oauth import DEADLINE, is_token, lifetime_of
from koppel.providers.snelstart.answers import error_of, is_our_subscription, is_quota
from koppel.providers.snelstart.profile import LONGEST_KEY
from koppel.providers.token_refusals import UNTOLD_WAIT
from koppel.providers.tokens import TokenSet


async def exchange(http: httpx.AsyncClient, token_url: str, headers: Mapping[str, str], key: str) -> TokenSet:
    """A token for a key. Raises `grant_invalid` for a key that does not hold."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise failure(failures.GRANT_INVALID)
    form = {"grant_type": "clientkey", "clientkey": key}
    request = http.build_request("POST", token_url, data=form, headers=dict(headers))
    answer = await send(http, request, deadline=DEADLINE)
    if not answer.is_success:
        raise token_refusal(answer)
    return _token_set(answer)


def token_refusal(answer: Answer) -> ProviderFailure:
    """What a refusal means: ours when it names our subscription, else the office's key that does not hold.

    A page is the word of something in between, which ends no key.
    """
    if answer.status == 429:
        return failure(failures.RATE_LIMITED, retry_after=answer.retry_after() or UNTOLD_WAIT)
    if answer.status >= 500 or (answer.status >= 400 and answer.is_page):
        wait = answer.retry_after() or (UNTOLD_WAIT if answer.is_page else None)
        return failure(failures.UNAVAILABLE, retry_after=wait)
    if answer.status < 400:
        return failure(failures.BAD_ANSWER)
    message = error_of(answer)[1]
    if answer.status == 403 and is_quota(message):
        return failure(failures.RATE_LIMITED, retry_after=answer.retry_after() or UNTOLD_WAIT)
    if is_our_subscription(message):
        return failure(failures.CLIENT_INVALID)
    if answer.status in (400, 401, 403):
        return failure(failures.GRANT_INVALID)
    return failure(failures.REQUEST_REFUSED)


def _token_set(answer: Answer) -> TokenSet:
    body = answer.json_object()
    token = body.get("access_token")
    if not is_token(token):
        raise failure(failures.BAD_ANSWER)
    return TokenSet(
        access_token=str(token),
        refresh_token=None,
        expires_in=lifetime_of(body) or None,
        scopes=(),
        dated_at=answer.date(),
    )
