"""Reads one provider's variables. A mistake is noted with the variable's name and without its value."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Variables:
    """`variables` all begin with `own`; in the environment `prefix` stands before it."""

    def __init__(self, prefix: str, own: str, variables: Mapping[str, str]) -> None:
        self._variable = prefix + own
        self._values = {name.removeprefix(own): value for name, value in variables.items()}
        self.mistakes: list[str] = []

    @property
    def names(self) -> set[str]:
        return set(self._values)

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """The value; None when it is not there, or `parse` raises `ValueError`, which is noted."""
        text = self._values.get(name)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.mistakes.append(f"{self._variable}{name} is not valid: {error}.")
            return None

    def required(self, name: str) -> str:
        """The value; empty when it is not there, which is noted."""
        found = self._values.get(name, "")
        if not found:
            self.mistakes.append(
                f"{self._variable}{name} is not set. hint: the provider is on, see docs/settings.md"
            )
        return found


def truth(text: str) -> bool:
    """`true` or `false`."""
    found = _TRUTH.get(text.strip().lower())
    if found is None:
        raise ValueError("write true or false")
    return found


def http_url(text: str) -> str:
    """The address without a slash at its end."""
    try:
        url = urlsplit(text)
        usable = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable or url.username or url.query or url.fragment:
        raise ValueError("must be an http(s) address without user, query and fragment")
    return text.rstrip("/")


def origin(address: str) -> str:
    """Scheme, host and port of an address."""
    url = urlsplit(address)
    return f"{url.scheme}://{url.netloc}" if url.netloc else ""
