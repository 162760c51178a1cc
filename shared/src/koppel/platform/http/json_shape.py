"""What JSON may look like: nested at most 32 deep, no list over 10,000 items, no text that PostgreSQL cannot keep.

Seen in one pass over the bytes and before anything is parsed; callers have shown no token yet, so whatever they send
costs time in proportion to its length.
"""

import re
from dataclasses import dataclass

DEEPEST = 32
LONGEST_LIST = 10_000

# A string that does not end takes the rest: otherwise each of its quotes would begin a search to the end.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
# Up to the first escape of NUL or of half a surrogate pair, which UTF-8 has no bytes for.
_STORABLE = re.compile(
    rb"(?:[^\\]++|\\[^u]|\\u(?!0000|[dD][89a-fA-F])|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F])*+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a body is refused, as a problem says it."""

    status: int
    code: str
    detail: str


NOT_STORABLE = Fault(422, "invalid_input", "Text may not hold the NUL character or half a surrogate pair.")
_NOT_UTF_8 = Fault(400, "malformed_json", "The body is not valid JSON in UTF-8.")
_TOO_DEEP = Fault(422, "too_deep", "JSON may be nested 32 deep.")
_TOO_MANY = Fault(422, "too_many_items", "A list may hold 10,000 items.")


def fault_of(body: bytes) -> Fault | None:
    """What is wrong with the body's form, None when it may be parsed."""
    return _fault_of_text(body) or _fault_of_nesting(body)


def _fault_of_text(body: bytes) -> Fault | None:
    # Python's parser guesses other encodings and accepts lone surrogates; both would escape the checks here.
    if b"\x00" in body or not _is_utf_8(body):
        return _NOT_UTF_8
    if b"\\u" not in body:
        return None
    good = _STORABLE.match(body)
    bad = good is not None and body.startswith(b"\\u", good.end())
    return NOT_STORABLE if bad else None


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fault_of_nesting(body: bytes) -> Fault | None:
    if body.count(b"[") + body.count(b"{") <= DEEPEST and body.count(b",") < LONGEST_LIST:
        return None
    commas: list[int] = []
    for match in _TOKEN.finditer(body):
        match body[match.start()]:
            case 0x5B | 0x7B:  # [ {
                commas.append(0)
                if len(commas) > DEEPEST:
                    return _TOO_DEEP
            case 0x5D | 0x7D if commas:  # ] }
                commas.pop()
            case 0x2C if commas:  # ,
                commas[-1] += 1
                if commas[-1] >= LONGEST_LIST:
                    return _TOO_MANY
    return None
