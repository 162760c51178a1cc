"""The API of the Dutch trade register: `v2/zoeken` and `v1/basisprofielen` (developers.kvk.nl).

The search comes first: it costs nothing, and knows numbers that have no profile any more. Absence is 404 with a code
in both; a code that says "later" is an error of the moment. What does not belong to the number that was asked for is
no answer.
"""

import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from pydantic import JsonValue, SecretStr

from import_svc.adapters.timed_call import timed_call
from import_svc.domain.trade_register import NAME, Activity, RegisteredCompany, RegistryUnavailable
from koppel.platform.telemetry import metrics
from koppel.providers.calls import Answer, send
from koppel.providers.failures import ProviderFailure
from koppel.providers.http import USER_AGENT

log = logging.getLogger(__name__)

_SEARCH, _PROFILE = "zoeken", "basisprofielen"
_NOTHING = {"IPD5200", "IPD0005", "IPD0004"}
"""Codes that say that there is no such company; other codes say nothing about it."""
_LATER = {"IPD1002", "IPD1003"}
_FIVE_MINUTES = 300.0
_PAUSE = 5.0
"""Seconds without a call after the register refused all of them, where it does not say how long."""
_LONGEST_PAUSE = 3600.0
_LONGEST_NAME = 1000
_LONGEST_CODE = 10
_MOST_ACTIVITIES = 100


def kvk_http(
    base_url: str, api_key: str, ca_file: Path | None, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """The client of the register; its certificates hang under a root of the Dutch state (`ca_file`)."""
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"apikey": api_key, "User-Agent": USER_AGENT, "Accept": "application/json"},
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=20),
        verify=ssl.create_default_context(cafile=ca_file),
        follow_redirects=False,
        trust_env=False,
        transport=transport,
    )


@asynccontextmanager
async def kvk_register(
    base_url: str, api_key: SecretStr, ca_file: Path | None
) -> AsyncIterator["KvkRegister | None"]:
    """The register while the service runs; None without a key."""
    if not api_key.get_secret_value():
        yield None
        return
    async with kvk_http(base_url, api_key.get_secret_value(), ca_file) as http:
        yield KvkRegister(http)


class KvkRegister:
    """A `TradeRegister`. `http` is its client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._paused_until = 0.0

    async def company(self, kvk_number: str, *, within: float) -> RegisteredCompany | None:
        found = await self._ask(
            _SEARCH,
            "v2/zoeken",
            {"kvkNummer": kvk_number, "inclusiefInactieveRegistraties": "true"},
            within,
        )
        rows = [] if found is None else list(_rows(found, kvk_number))
        if not rows:
            return None
        profile = await self._ask(_PROFILE, f"v1/basisprofielen/{kvk_number}", {}, within)
        if profile is not None and profile.get("kvkNummer") != kvk_number:
            raise RegistryUnavailable(cause="bad_answer")
        return _company(kvk_number, rows, profile or {})

    async def _ask(
        self, endpoint: str, path: str, params: dict[str, str], within: float
    ) -> dict[str, JsonValue] | None:
        if (left := self._paused_until - time.monotonic()) > 0:
            raise RegistryUnavailable(cause="paused", retry_after=left)
        outcome = "cancelled"
        try:
            request = self._http.build_request("GET", path, params=params)
            with timed_call(NAME, endpoint):
                answer = await send(self._http, request, deadline=within)
            found = self._read(answer)
        except RegistryUnavailable as error:
            outcome = error.cause
            raise
        except ProviderFailure as failure:
            outcome = failure.code
            raise RegistryUnavailable(cause=outcome) from None
        else:
            outcome = "answered"
            return found
        finally:
            metrics.count("koppel_provider_calls_total", provider=NAME, endpoint=endpoint, outcome=outcome)

    def _read(self, answer: Answer) -> dict[str, JsonValue] | None:
        """The object of an answer; None: there is none."""
        if answer.status == httpx.codes.OK:
            return answer.json_object()
        codes = _codes(answer)
        if answer.status in (400, 404) and codes & _NOTHING:
            return None
        if codes & _LATER:
            raise RegistryUnavailable(cause="being_processed", retry_after=_FIVE_MINUTES)
        if answer.status in (401, 403, 429, 503):
            self._pause(answer)
        if answer.status in (401, 403):
            log.error("the trade register refuses our key (%d): see IMPORT_SVC_KVK_API_KEY", answer.status)
        raise RegistryUnavailable(cause=f"http_{answer.status}", retry_after=answer.retry_after())

    def _pause(self, answer: Answer) -> None:
        """No call helps before this is over."""
        asked = answer.retry_after()
        seconds = _PAUSE if asked is None else min(asked, _LONGEST_PAUSE)
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)


def _codes(answer: Answer) -> set[JsonValue]:
    """The register's own codes in the body of an error."""
    body = answer.error_object()
    older = body.get("meldingen")
    errors = body.get("fout") or (older.get("fout") if isinstance(older, dict) else None)
    return {each["code"] for each in _objects(errors) if isinstance(each.get("code"), str)}


def _rows(found: dict[str, JsonValue], kvk_number: str) -> Iterator[dict[str, JsonValue]]:
    """What the search found. Raises `RegistryUnavailable` when it is another number's."""
    if not isinstance(found.get("resultaten"), list):
        raise RegistryUnavailable(cause="bad_answer")
    for row in _objects(found["resultaten"]):
        if row.get("kvkNummer") != kvk_number:
            raise RegistryUnavailable(cause="bad_answer")
        yield row


def _company(
    kvk_number: str, rows: Sequence[dict[str, JsonValue]], profile: dict[str, JsonValue]
) -> RegisteredCompany:
    registration = profile.get("materieleRegistratie")
    ended = bool(registration.get("datumEinde")) if isinstance(registration, dict) else False
    names = (_text(profile.get("naam")), _text(profile.get("statutaireNaam")), *_names(rows))
    return RegisteredCompany(
        kvk_number,
        next(filter(None, names), kvk_number),
        active=not ended and any(row.get("actief") != "Nee" for row in rows),
        activities=tuple(_activities(profile))[:_MOST_ACTIVITIES],
    )


def _names(rows: Sequence[dict[str, JsonValue]]) -> Iterator[str]:
    """Those of the company before those of its branches."""
    for row in sorted(rows, key=lambda row: row.get("type") == "nevenvestiging"):
        yield _text(row.get("naam")) or _text(row.get("vervallenNaam"))


def _activities(profile: dict[str, JsonValue]) -> Iterator[Activity]:
    embedded = profile.get("_embedded")
    branch = embedded.get("hoofdvestiging") if isinstance(embedded, dict) else None
    listed = _objects(profile.get("sbiActiviteiten")) or (
        _objects(branch.get("sbiActiviteiten")) if isinstance(branch, dict) else []
    )
    for each in listed:
        code = each.get("sbiCode")
        if isinstance(code, str) and len(code) <= _LONGEST_CODE:
            yield Activity(code, each.get("indHoofdactiviteit") == "Ja")


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: JsonValue) -> str:
    """A name that can be stored and shown; None where there is none."""
    return value.replace("\x00", "")[:_LONGEST_NAME].strip() if isinstance(value, str) else ""
