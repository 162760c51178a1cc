"""SnelStart's notice of a key: it is not signed, so it proves nothing and only starts a check with the key in it."""

from codecs import BOM_UTF8

import orjson
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.failures import failure
from koppel.providers.port import KeyNotice
from koppel.providers.snelstart.profile import LONGEST_KEY, LONGEST_REFERENCE

LONGEST_NOTICE = 8192
"""Bytes; a longer body is none."""

_ACTIONS = {"create": "created", "regenerate": "replaced", "delete": "deleted"}
"""A replaced key comes under the reference of the one before."""


def notice_of(body: bytes) -> KeyNotice:
    """The notice in a body. Names and actions are taken in any case: both were seen. Raises `provider_bad_answer`."""
    told = _texts(body)
    key, reference = told.get("koppelsleutel", ""), told.get("referencekey", "")
    action = _ACTIONS.get(told.get("actiontype", "").lower())
    if action is None or not (0 < len(key) <= LONGEST_KEY and 0 < len(reference) <= LONGEST_REFERENCE):
        raise failure(failures.BAD_ANSWER)
    return KeyNotice(action, reference, {"key": key})


def _texts(body: bytes) -> dict[str, str]:
    try:
        parsed: JsonValue = orjson.loads(body.removeprefix(BOM_UTF8)) if len(body) <= LONGEST_NOTICE else None
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(parsed, dict):
        return {}
    return {name.lower(): value for name, value in parsed.items() if isinstance(value, str)}
