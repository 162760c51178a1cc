"""What import-svc may use of the windows that all offices of a provider share. A company's own windows bound what is asked
of that company, whoever asks."""

from collections.abc import Mapping
from datetime import timedelta

from import_svc.domain.looks import LOOKS_AT_ONCE
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.port import Provider
from koppel.providers.profile import CountedPer

LOOKS = 0.1
PROBES = 0.25
_MOST_AT_ONCE = 8


def probes_at_once() -> Mapping[str, int]:
    """Companies to probe in a second, of each provider that has probes."""
    return {
        name: max(int(min(_MOST_AT_ONCE, _calls_a_second(each) * PROBES)), 1)
        for name, each in PROVIDERS.items()
        if each.profile.probes
    }


def look_pauses() -> Mapping[str, timedelta]:
    """What a look leaves between two calls, so that all looks together stay within their share."""
    return {
        name: timedelta(seconds=LOOKS_AT_ONCE / (_calls_a_second(each) * LOOKS))
        for name, each in PROVIDERS.items()
    }


def _calls_a_second(provider: Provider) -> float:
    """Of its narrowest shared window; without any there is no bound."""
    shared = [
        window.calls / window.seconds
        for window in provider.profile.windows
        if window.kind == "api" and CountedPer.COMPANY not in window.per
    ]
    return min(shared, default=float("inf"))
