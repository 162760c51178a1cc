"""What people type and spreadsheets paste, as services take it. Pure; each text is gone through once."""

import unicodedata

_NOT_OF_A_NUMBER = "ZPC"
"""Kinds of Unicode: separators, punctuation, and what is not seen (marks of direction, a byte order mark)."""
_LONGEST = 100


def digits(text: str) -> str:
    """A number without what people and spreadsheets put between its digits; a lost first zero comes back."""
    plain = "".join(each for each in text if unicodedata.category(each)[0] not in _NOT_OF_A_NUMBER)
    if len(plain) == 7 and plain.isascii() and plain.isdigit():
        return f"0{plain}"
    return plain[:_LONGEST]


def section(text: str) -> str:
    """A section of the SBI: its letter, also of `C Industrie`. Anything else stays as it is: a name is no letter."""
    first = text.split(maxsplit=1)[0].rstrip(".:-") if text.strip() else ""
    return first.upper() if len(first) == 1 else text.strip()


def comparable(name: str) -> str:
    """A name as it is compared: without case, and with one kind of space."""
    seen = "".join(each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")
    return " ".join(seen.casefold().split())
