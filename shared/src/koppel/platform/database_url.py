"""Connection strings of PostgreSQL: checked without repeating them, and joined with a password from a file."""

from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

_SHAPE = (
    "must look like postgresql://user@host:5432/database; give a password of any characters in "
    "the variable for a password file, or percent-encode it"
)


def checked_database_url(url: str) -> str:
    """The same. Raises `ValueError`, without any part of it, for what would be read as another place.

    A raw `/`, `?` or `#` in a password ends the host there: what follows would be told as host and port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(_SHAPE) from None
    if parts.scheme not in {"postgresql", "postgres"} or parts.fragment or port == 0:
        raise ValueError(_SHAPE)
    if "@" in parts.path + parts.query or parts.path.count("/") > 1:
        raise ValueError(_SHAPE)
    return url


def read_password(file: Path) -> str:
    """The whole file but for one line end. Raises `OSError`, and `ValueError` when it is not UTF-8 or empty."""
    password = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    if not password:
        raise ValueError(f"{file} is empty")
    return password


def with_password(url: str, password: str) -> str:
    """The connection string with this password in place of its own."""
    parts: SplitResult = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))
