"""Failures that are sync-svc's own to name, and what to do about those of a provider."""

from enum import Enum, auto

from koppel.contracts.values import Failure, WhoMustAct
from koppel.providers import failures
from koppel.providers.failures import ProviderFailure


class Remedy(Enum):
    """What a failed call leads to."""

    RETRY = auto()
    """The same call, after a pause, a few times; then the run fails."""
    WAIT = auto()
    """The run is deferred until the provider allows calls again."""
    FRESH_TOKEN = auto()
    """The same call with another token, once; then the run fails."""
    SKIP_UNSUPPORTED = auto()
    """The company does not have this part: the listing ends, and that is no failure."""
    SKIP_FAILED = auto()
    """This listing fails, the others go on."""
    FAIL = auto()
    """Nothing else of this company can be read either."""


LONGEST_PAUSE = 30.0
"""Seconds that a run waits in its worker's hands; for longer it is deferred and the worker does other work."""

_OF_ONE_LISTING = frozenset(
    kind.code
    for kind in (
        failures.FORBIDDEN,
        failures.SCOPE_MISSING,
        failures.NOT_FOUND,
        failures.REQUEST_REFUSED,
        failures.ANSWER_TOO_LARGE,
        failures.CONTINUATION_INVALID,
        failures.WATERMARK_INVALID,
    )
)


def remedy(failure: ProviderFailure) -> Remedy:
    """What to do after this failure of a call."""
    code = failure.code
    if code == failures.RATE_LIMITED.code or (failure.retry_after or 0) > LONGEST_PAUSE:
        return Remedy.WAIT
    if code == failures.UNAUTHORIZED.code:
        return Remedy.FRESH_TOKEN
    if code == failures.MODULE_UNAVAILABLE.code:
        return Remedy.SKIP_UNSUPPORTED
    if code in _OF_ONE_LISTING:
        return Remedy.SKIP_FAILED
    return Remedy.RETRY if failure.kind.transient else Remedy.FAIL


ADMINISTRATION_REMOVED = Failure(
    origin="administration",
    type="removed",
    who_must_act=WhoMustAct.CUSTOMER,
    code="administration_removed",
    detail="The administration left the organisation.",
)
NOTHING_OFFERED = Failure(
    origin="sync",
    type="nothing_to_do",
    who_must_act=WhoMustAct.US,
    code="resource_not_offered",
    detail="The accounting package offers none of the resources that were asked for.",
)
NO_PROGRESS = Failure(
    origin="sync",
    type="no_progress",
    who_must_act=WhoMustAct.US,
    code="no_progress",
    detail="The run was started again and again without applying a single page; it was ended for it.",
)

TOKEN_UNAVAILABLE = Failure(
    origin="connection-svc",
    type="unavailable",
    who_must_act=WhoMustAct.US,
    code="token_unavailable",
    detail="No access token could be had for now; the run waits and goes on.",
)

_OF_REFRESHES = {
    kind.code: kind
    for kind in (
        failures.UNREACHABLE,
        failures.TIMEOUT,
        failures.DROPPED,
        failures.UNAVAILABLE,
        failures.BAD_ANSWER,
        failures.CLIENT_INVALID,
        failures.REQUEST_UNSENDABLE,
    )
}


def no_token_now(told: str) -> Failure:
    """Why there is no token: what the provider said to a refresh, where connection-svc told that."""
    kind = _OF_REFRESHES.get(told)
    return TOKEN_UNAVAILABLE if kind is None else failures.failure(kind).as_contract()


def too_many_vanished(listing: str, vanished: int, live: int) -> Failure:
    """The delete guard held; the counts are the evidence."""
    return Failure(
        origin="provider",
        type="suspicious_listing",
        who_must_act=WhoMustAct.US,
        code="too_many_vanished",
        detail=f"{vanished} of {live} records are missing from the complete listing {listing}; none was deleted.",
    )


def listing_incomplete(listing: str, came: int, total: int) -> Failure:
    """The provider announced more (or less) than it sent."""
    return Failure(
        origin="provider",
        type="incomplete_listing",
        who_must_act=WhoMustAct.PROVIDER,
        code="listing_incomplete",
        detail=f"The listing {listing} brought {came} of {total} objects; it is read again by the next run.",
    )


def records_unreadable(listing: str, broken: int) -> Failure:
    """Objects that could not become records: counted, never lost silently."""
    return Failure(
        origin="provider",
        type="unreadable_records",
        who_must_act=WhoMustAct.US,
        code="records_unreadable",
        detail=f"{broken} objects of the listing {listing} have a form that Koppel does not know.",
    )


def page_repeated(listing: str) -> Failure:
    """Its pages go round: what came is applied, and the next run reads it from the same watermark."""
    return Failure(
        origin="provider",
        type="suspicious_listing",
        who_must_act=WhoMustAct.PROVIDER,
        code="page_repeated",
        detail=f"The listing {listing} leads to a page that it had sent before; its reading was ended.",
    )


def feed_went_back(feed: str) -> Failure:
    """Its numbers are lower than those of the last reading."""
    return Failure(
        origin="provider",
        type="suspicious_listing",
        who_must_act=WhoMustAct.PROVIDER,
        code="feed_went_back",
        detail=f"The feed {feed} numbers its changes anew; the next run reads what depends on it whole.",
    )
