"""Makes keys and ids that others chose storable and indexable in PostgreSQL."""

import base64
import hashlib

_LONGEST = 1_000
"""Bytes; an index entry has room for 2,700, and consumer and topic stand in it too."""
_SHOWN = 100


def storable(text: str) -> str:
    """PostgreSQL's text knows no NUL."""
    return text.replace("\x00", "\\0")


def indexable(text: str) -> str:
    """The same name; of one that is too long for an index its beginning and a digest, so that it stays itself."""
    if len(text) <= _LONGEST // 4 or len(whole := text.encode(errors="backslashreplace")) <= _LONGEST:
        return storable(text)
    return storable(f"{text[:_SHOWN]}... sha256:{hashlib.sha256(whole).hexdigest()}")


def digest(text: str) -> str:
    """A 16-character digest of a name of any length: 96 bits of its SHA-256, as in 0011_pre_short_ids.sql."""
    whole = hashlib.sha256(text.encode(errors="backslashreplace")).digest()
    return base64.b64encode(whole[:12]).decode()
