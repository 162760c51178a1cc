"""Windows that an installation sets lower than the provider does: `minute=30/60,day=2000`; `off` for a stand-in without limits.

And how it shares them: `sync=0.7,discovery=0.2,logins=0.1`.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal

from koppel.providers.profile import RateWindow, Shares

_LONGEST_NUMBER = 9
"""Digits."""


def lowered(windows: Sequence[RateWindow], text: str) -> tuple[RateWindow, ...]:
    """The windows with what the text sets: `name=calls` or `name=calls/seconds`, comma separated; `off` leaves those of token
    calls.

    Raises `ValueError` for an unknown window, and for more calls or a shorter time than the provider's own.
    """
    if text.strip() == "off":
        return tuple(window for window in windows if window.kind == "token")
    found = {window.name: window for window in windows}
    named: set[str] = set()
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, limit = (side.strip() for side in part.partition("="))
        if name not in found:
            raise ValueError(f"its windows are {', '.join(found) or 'none'}; write such as minute=30/60")
        if name in named:
            raise ValueError(f"the window {name} stands there twice")
        named.add(name)
        found[name] = _lowered(found[name], limit)
    return tuple(found.values())


def shares_of(text: str) -> Shares:
    """All three shares, as they are written. Raises `ValueError`."""
    wanted = [each.name for each in fields(Shares)]
    written = [[side.strip() for side in part.partition("=")] for part in text.split(",", len(wanted))]
    parts = {name: share for name, _, share in written}
    if sorted(parts) != sorted(wanted) or len(written) != len(wanted):
        raise ValueError("write such as sync=0.7,discovery=0.2,logins=0.1, each once")
    return Shares(**{name: _fraction(share) for name, share in parts.items()})


def _fraction(text: str) -> Decimal:
    whole, _, digits = text.partition(".")
    if (
        not all(each.isascii() and each.isdigit() for each in (whole, digits or "0"))
        or len(text) > _LONGEST_NUMBER
    ):
        raise ValueError("a share is a number such as 0.1")
    return Decimal(text)


def _lowered(window: RateWindow, limit: str) -> RateWindow:
    calls, slash, seconds = (side.strip() for side in limit.partition("/"))
    wanted = replace(
        window,
        calls=_number(calls, window),
        seconds=_number(seconds, window) if slash else window.seconds,
    )
    if wanted.calls > window.calls or wanted.seconds < window.seconds:
        raise ValueError(
            f"the window {window.name} can only be set lower than {window.calls}/{window.seconds}"
        )
    return wanted


def _number(text: str, window: RateWindow) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text) > 0):
        raise ValueError(f"write {window.name}=calls or {window.name}=calls/seconds, in whole numbers from 1")
    return int(text)
