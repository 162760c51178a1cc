"""The accounting API under `/v2`: reading only."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from koppel_sandbox.books.collection import Collection
from koppel_sandbox.provider import Truncation
from koppel_sandbox.providers.eaccounting.books.catalogue import ANY, KINDS, SETTINGS, Kind
from koppel_sandbox.providers.eaccounting.errors import (
    ACCOUNT_NOT_FOUND,
    BAD_QUERY,
    FISCAL_YEAR_NOT_FOUND,
    NOT_AUTHORISED,
    NOT_FOUND,
    SCOPE_MISSING,
    TOO_MANY_REQUESTS,
    ApiError,
    limit_text,
)
from koppel_sandbox.providers.eaccounting.oauth.grants import Grant
from koppel_sandbox.providers.eaccounting.odata.listing import Page, belongs, envelope, in_year, select
from koppel_sandbox.providers.eaccounting.state import State

PREFIX = "/v2/"
_PER_YEAR = {"accounts": ACCOUNT_NOT_FOUND, "vouchers": NOT_FOUND}


def endpoint_of(segments: Sequence[str]) -> str:
    """The path as a template, which is what the rate limit counts by."""
    return "/".join((segments[0], *("{}" for _ in segments[1:])))


def options_of(query_string: bytes) -> dict[str, str]:
    """Query options by name; names that begin with `$` in lower case. Raises ApiError 6000."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError(400, BAD_QUERY, "The query is not valid text") from None
    return {name.lower() if name.startswith("$") else name: value for name, value in pairs}


class Api:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(
        self, method: str, path: str, query_string: bytes, grant: Grant | None, cut: Truncation | None
    ) -> bytes:
        """The body of a 200. Raises ApiError for every other answer."""
        segments = path.removeprefix(PREFIX).rstrip("/").split("/")
        if grant is None:
            raise ApiError(401, NOT_AUTHORISED, "The access token is missing, expired or revoked")
        wait = self._state.rate_limit.seconds_to_wait((grant.client_id, endpoint_of(segments)))
        if wait:
            raise ApiError(429, TOO_MANY_REQUESTS, limit_text(wait))
        kind = KINDS.get(segments[0])
        if kind is None:
            raise ApiError(404, NOT_FOUND, "There is no such resource")
        if not (kind.scopes & set(grant.scopes) and set(grant.scopes) >= ANY):
            raise ApiError(403, SCOPE_MISSING, f"No access to {kind.name} with the granted scopes")
        if method != "GET":
            raise ApiError(405, BAD_QUERY, "The sandbox can only be read")
        return self._read(kind, segments[1:], options_of(query_string), grant.company_id, cut)

    def _read(
        self,
        kind: Kind,
        keys: Sequence[str],
        query: Mapping[str, str],
        company_id: str,
        cut: Truncation | None,
    ) -> bytes:
        collection = self._state.world.collection(company_id, kind.name)
        if kind.name == SETTINGS and not keys:
            return collection.one(0)
        if not keys:
            return self._list(collection, collection.indexes, query, cut)
        if kind.name in _PER_YEAR and len(keys) <= 2:
            year = self._state.world.year_of(company_id, keys[0])
            if year is None:
                raise ApiError(404, FISCAL_YEAR_NOT_FOUND, "The fiscal year does not exist")
            if len(keys) == 1:
                return self._list(collection, in_year(collection, year), query, cut)
            return self._one(collection, keys, year)
        if kind.name == SETTINGS or len(keys) > 1:
            raise ApiError(404, NOT_FOUND, "There is no such resource")
        index = collection.find(keys[0])
        if index is None:
            raise ApiError(404, NOT_FOUND, f"{kind.name} holds no object with this id")
        return collection.one(index)

    def _one(self, collection: Collection[Kind], keys: Sequence[str], year: int) -> bytes:
        """An account by fiscal year and number, or a voucher by fiscal year and id."""
        index = collection.find("/".join(keys) if collection.kind.name == "accounts" else keys[1])
        if index is None or not belongs(collection, index, year):
            raise ApiError(404, _PER_YEAR[collection.kind.name], "The object does not exist")
        return collection.one(index)

    def _list(
        self,
        collection: Collection[Kind],
        indexes: Sequence[int],
        query: Mapping[str, str],
        cut: Truncation | None,
    ) -> bytes:
        page = Page.of(query)
        now = self._state.world.time.now()
        return envelope(collection, select(collection, indexes, query), page, now, cut)
