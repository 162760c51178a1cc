"""Addresses, bank accounts and e-mail addresses of made-up Dutch people and firms."""

import re
import unicodedata
from typing import NamedTuple

from koppel_sandbox.story.draw import Draw
from koppel_sandbox.story.dutch import FIRST_NAMES, LAST_NAMES, PLACES, POSTCODE_LETTERS, STREETS

_NOT_IN_HOST = re.compile(r"[^a-z0-9]+")
_BANKS = ("INGB", "RABO", "ABNA", "TRIO", "SNSB")
_BANK_DIGITS = {bank: "".join(str(int(letter, 36)) for letter in bank) for bank in _BANKS}
_NL00 = "232100"  # N=23, L=21, then the check digits as zeros


class Address(NamedTuple):
    line: str
    postcode: str
    city: str


def address(draw: Draw) -> Address:
    city, area = draw.one_of(PLACES)
    letters = draw.one_of(POSTCODE_LETTERS) + draw.one_of(POSTCODE_LETTERS)
    return Address(
        f"{draw.one_of(STREETS)} {draw.between(1, 240)}", f"{area + draw.below(60)} {letters}", city
    )


def email_of(mailbox: str, name: str) -> str:
    """An address under `.example`, which no one can own (RFC 2606)."""
    plain = name.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return f"{mailbox}@{_NOT_IN_HOST.sub('-', plain).strip('-')[:40]}.example"


def person(draw: Draw) -> str:
    return f"{draw.one_of(FIRST_NAMES)} {draw.one_of(LAST_NAMES)}"


def iban(draw: Draw) -> str:
    """A Dutch IBAN with correct check digits (ISO 13616: the number modulo 97 is 1)."""
    bank = draw.one_of(_BANKS)
    number = f"{draw.between(100_000_000, 999_999_999):010d}"
    return f"NL{98 - int(_BANK_DIGITS[bank] + number + _NL00) % 97:02d}{bank}{number}"
