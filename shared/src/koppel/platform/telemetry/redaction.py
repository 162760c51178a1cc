"""Takes secrets out of text and attributes before they reach a log, a span or an error.

A net under the rule that secrets are never put there: it knows the shapes secrets have (bearer values, JWTs,
query and form parameters, JSON members, passwords in connection strings), not the secrets themselves.
"""

import logging
import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

REDACTED = "[redacted]"
_LONGEST = 64 * 1024
"""Characters of one text; a line is for people, and what it quotes may be of any length."""

_NAMES = (
    "access_token|refresh_token|id_token|service_token|client_secret|code_verifier|password|passwd|assertion"
    "|api_key|apikey|authorization|proxy-authorization|cookie|set-cookie|secret|private_key"
)
_IN_QUERY = re.compile(r"(?i)(?<![A-Za-z0-9_])(code|state|token)(=|%3D)(?!\[redacted\])([^&\s\"'#,;)\]}]+)")
_PLAIN = re.compile(rf"(?i)(?<![A-Za-z0-9_])({_NAMES})(\s*[=:]\s*|%3D)(?!\[redacted\])([^&\s\"'#,;)\]}}]+)")
# One reading only of a backslash, and a value that does not end is taken out to its line's end: no place is seen twice.
_QUOTED = re.compile(
    rf"""(?i)(?<![A-Za-z0-9_])((?:{_NAMES})\\?["']?\s*[:=,]\s*b?)(\\?["'])(?:(?!\2)(?:\\.|.))*+(\2)?"""
)
_IN_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization|set-cookie|cookie|x-api-key)(\s*:\s*)[^\r\n\"']+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[A-Za-z0-9\-._~+/%]{6,}=*")
# A match without a second part is kept unchanged, so that no other match begins inside it.
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{4,}+(\.[A-Za-z0-9_-]{2,}+\.?[A-Za-z0-9_-]*+)?")
_DSN = re.compile(r"(://[^:/?#\s@]*):[^@/\s]+@")
_SECRET_NAME = re.compile(rf"(?i)^(?:.*[._-])?(?:{_NAMES}|x-api-key)$")
_URL_NAMES = frozenset(
    {"url.full", "http.url", "http.target", "url.query", "url", "location", "http.location"}
)
_CALLBACK = re.compile(r"/oauth/[^/?]+/callback")


def redact(text: str) -> str:
    """`text` without what looks like a secret, and without what goes beyond 64 Ki characters."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 100]}... ({len(text)} characters)"
    text = _IN_HEADER.sub(rf"\1\2{REDACTED}", text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    text = _JWT.sub(_without_jwt, text)
    text = _QUOTED.sub(rf"\1\2{REDACTED}\3", text)
    text = _PLAIN.sub(rf"\1\2{REDACTED}", text)
    text = _IN_QUERY.sub(rf"\1\2{REDACTED}", text)
    return _DSN.sub(rf"\1:{REDACTED}@", text)


def _without_jwt(found: re.Match[str]) -> str:
    return REDACTED if found[1] else found[0]


def redact_url(url: str) -> str:
    """The URL without secrets; a login callback loses its whole query."""
    try:
        parts = urlsplit(url)
    except ValueError:  # somebody's address that is none
        return redact(url)
    if parts.query and _CALLBACK.search(parts.path):
        return urlunsplit(parts._replace(query=REDACTED, fragment=""))
    return redact(url)


def redact_named(name: str, value: object) -> object:
    """A value under its key: known names lose it whole, texts lose what looks like a secret."""
    if _SECRET_NAME.match(name):
        return REDACTED
    if isinstance(value, str):
        return redact_url(value) if name in _URL_NAMES else redact(value)
    if isinstance(value, Mapping):
        return {str(key): redact_named(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_named(name, item) for item in value]
    return value


class RedactionFilter(logging.Filter):
    """Rewrites every record it sees: message and arguments become one redacted text."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  (a wrong format string must not cost the line, nor the process)
            message = f"{record.msg} {REDACTED}"
        record.msg, record.args = redact(message), ()
        return True
