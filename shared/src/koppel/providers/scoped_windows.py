"""A provider's rate windows as they count for one spender: which of them, under which scope, and our share of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from koppel.ports.budget import ScopedWindow, Spender
from koppel.providers.profile import CountedPer, Part, RateWindow, part_of

API_CALLS = frozenset({"api", "errors"})
"""Kinds of windows that a call of the API draws on; token calls are counted by connection-svc, by the login."""

DISCOVERY_ALONE, LOGINS_ALONE = Decimal("0.6"), Decimal("0.4")
"""Shares of what is counted by endpoint, where only discovery and logins call: companies, and who logged in."""

_OF_SOME = frozenset({CountedPer.ENDPOINT, CountedPer.COMPANY, CountedPer.LOGIN})
_LONGEST_PART = 200
"""Characters of an id in a scope; longer ones that begin alike share a window."""


def scoped_windows(
    windows: Mapping[str, Sequence[RateWindow]], parts: Mapping[str, Part]
) -> Callable[[Spender], tuple[ScopedWindow, ...]]:
    """What a spender's calls count for, by the provider's id; nothing for a provider that is not known.

    `parts` say how many of a window's calls are this service's, by the provider's id.
    """

    def of(spender: Spender) -> tuple[ScopedWindow, ...]:
        counted = (each for each in windows.get(spender.provider, ()) if each.kind in API_CALLS)
        return tuple(_scoped(window, spender, parts[spender.provider]) for window in counted)

    return of


def with_own_endpoints(
    windows: Mapping[str, Sequence[RateWindow]], parts: Mapping[str, Part], alone: Mapping[str, Decimal]
) -> Callable[[Spender], tuple[ScopedWindow, ...]]:
    """The same for a service that at these endpoints has another part of what is counted by endpoint."""
    shared = scoped_windows(windows, parts)

    def of(spender: Spender) -> tuple[ScopedWindow, ...]:
        found = shared(spender)
        own = alone.get(spender.endpoint)
        if own is None:
            return found
        return tuple(
            replace(each, calls=part_of(each.limit, own)) if "endpoint=" in each.scope else each
            for each in found
        )

    return of


def _scoped(window: RateWindow, spender: Spender, part: Part) -> ScopedWindow:
    return ScopedWindow(
        provider=spender.provider,
        name=window.name,
        scope=" ".join(_part(per, spender) for per in CountedPer if per in window.per),
        limit=window.calls,
        calls=part(window.calls),
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
