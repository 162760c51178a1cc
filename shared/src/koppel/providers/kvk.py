"""KvK numbers out of free text."""

import re

_DECORATION = re.compile(r"kvk|[\s.]", re.IGNORECASE)
_KVK_NUMBER = re.compile(r"[0-9]{8}")


def kvk_number(registration: object) -> str | None:
    """The 8 digits (leading zeros kept) when that is all the text holds besides `KvK`, spaces and dots.

    A JSON number is not trusted: it may have lost its leading zeros.
    """
    if not isinstance(registration, str):
        return None
    digits = _DECORATION.sub("", registration)
    return digits if _KVK_NUMBER.fullmatch(digits) else None
