"""A provider's rate windows as they count for one spender: which of them, under which scope, and our share of each."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from koppel.ports.budget import ScopedWindow, Spender
from koppel.providers.profile import CountedPer, RateWindow

API_CALLS = frozenset({"api", "errors"})
"""Kinds of windows that a call of the API draws on; token calls are connection-svc's."""

_OF_SOME = frozenset({CountedPer.ENDPOINT, CountedPer.COMPANY, CountedPer.LOGIN})
_LONGEST_PART = 200
"""Characters of an id in a scope; longer ones that begin alike share a window."""


def share_of(calls: int, share: Decimal) -> int:
    """How many of a window's calls the share is, rounded down; never none, or nothing could be asked at all."""
    return max(1, int(calls * share))


def scoped_windows(
    windows: Mapping[str, Sequence[RateWindow]], share: Decimal, kinds: frozenset[str] = API_CALLS
) -> Callable[[Spender], tuple[ScopedWindow, ...]]:
    """What a spender's calls count for, by the provider's id; nothing for a provider that is not known."""

    def of(spender: Spender) -> tuple[ScopedWindow, ...]:
        counted = (each for each in windows.get(spender.provider, ()) if each.kind in kinds)
        return tuple(_scoped(window, spender, share) for window in counted)

    return of


def _scoped(window: RateWindow, spender: Spender, share: Decimal) -> ScopedWindow:
    return ScopedWindow(
        provider=spender.provider,
        name=window.name,
        scope=" ".join(_part(per, spender) for per in CountedPer if per in window.per),
        limit=window.calls,
        calls=share_of(window.calls, share),
        seconds=window.seconds,
        daily=window.daily_utc,
        errors=window.kind == "errors",
        of_all=not window.per & _OF_SOME,
    )


def _part(per: CountedPer, spender: Spender) -> str:
    """A company that is not known yet is one of the login's own."""
    match per:
        case CountedPer.ENDPOINT:
            return f"endpoint={spender.endpoint[:_LONGEST_PART]}"
        case CountedPer.COMPANY if spender.company is not None:
            return f"company={spender.company[:_LONGEST_PART]}"
        case CountedPer.COMPANY:
            return f"company_of={spender.grant_id}"
        case CountedPer.LOGIN:
            return f"login={spender.grant_id}"
        case _:
            return per.value
