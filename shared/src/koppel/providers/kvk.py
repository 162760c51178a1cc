"""KvK numbers out of free text."""

import re

from koppel.contracts.values import is_kvk_number

_DECORATION = re.compile(r"kvk|[\s.]", re.IGNORECASE)


def kvk_number(registration: object) -> str | None:
    """The 8 digits (leading zeros kept) when that is all the text holds besides `KvK`, spaces and dots.

    A JSON number is not trusted: it may have lost its leading zeros.
    """
    if not isinstance(registration, str):
        return None
    digits = _DECORATION.sub("", registration)
    return digits if is_kvk_number(digits) else None
