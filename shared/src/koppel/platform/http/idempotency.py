"""`Idempotency-Key`: the answer of a creating POST is kept in the transaction that made it, and repeated.

Same key and same request → same status and body. Same key, other request → 422. Two at once → the second
waits on the key's row until the first commits, then repeats its answer; when the first rolls back, the
second runs. A refused or failed request keeps nothing, so it may be sent again with its key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.database import Connection
from koppel.platform.identity.principal import Principal
from koppel.platform.telemetry.metrics import metrics

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
_KEPT_FOR = timedelta(hours=48)
_NOBODY = UUID(int=0)

_CLAIM = """
insert into idempotency_key (organisation_id, subject, key, request_sha256)
values ($1, $2, $3, $4) on conflict do nothing returning true
"""
_READ = """
select request_sha256, status, answer from idempotency_key
where organisation_id = $1 and subject = $2 and key = $3
"""
_KEEP = """
update idempotency_key set status = $4, answer = $5
where organisation_id = $1 and subject = $2 and key = $3
"""
_PURGE = "delete from idempotency_key where created_at < now() - $1::interval"


class AnswerSeal(Protocol):
    """Encrypts stored answers that must not be readable in the database (a login URL with its state)."""

    async def seal(self, answer: bytes) -> bytes: ...

    async def unseal(self, sealed: bytes) -> bytes: ...


async def idempotent(
    request: Request,
    connection: Connection,
    principal: Principal,
    body: BaseModel | None,
    run: Callable[[], Awaitable[BaseModel]],
    *,
    status: int = 201,
    seal: AnswerSeal | None = None,
) -> Response:
    """Run the use case once per key, inside the caller's open transaction; without the header just run it.

    The transaction must be the one in which `run` writes, of the principal's organisation (of the system for an
    operator's call). A service's keys are apart for each organisation that it acts for. Raises `InvalidInput`: `idempotency_key_reused`, or `invalid_input` for a bad key.
    """
    key = _key(request)
    if key is None:
        return _response(status, _encode(await run()))
    owner = (principal.organisation_id or _NOBODY, principal.actor, key)
    fingerprint = _fingerprint(request, body)
    if not await connection.fetchval(_CLAIM, *owner, fingerprint):
        return await _repeat(connection, owner, fingerprint, seal)
    answer = _encode(await run())
    await connection.execute(_KEEP, *owner, status, await seal.seal(answer) if seal else answer)
    return _response(status, answer)


async def repeated(
    request: Request, connection: Connection, principal: Principal, body: BaseModel | None
) -> Response | None:
    """The kept answer, for a use case that asks somebody else before its transaction; None: nothing is kept yet.

    Raises `InvalidInput` as `idempotent` does, which still has to be called.
    """
    key = _key(request)
    owner = (principal.organisation_id or _NOBODY, principal.actor, key or "")
    if key is None or await connection.fetchrow(_READ, *owner) is None:
        return None
    return await _repeat(connection, owner, _fingerprint(request, body), None)


async def keep_answer(
    request: Request, connection: Connection, principal: Principal, answer: BaseModel, *, status: int = 201
) -> Response:
    """Keep a later answer under the request's key: what became of it while the caller waited, after `idempotent`."""
    encoded = _encode(answer)
    if (key := _key(request)) is not None:
        owner = (principal.organisation_id or _NOBODY, principal.actor, key)
        await connection.execute(_KEEP, *owner, status, encoded)
    return _response(status, encoded)


async def purge_idempotency_keys(connection: Connection, *, older_than: timedelta = _KEPT_FOR) -> int:
    """Forget old keys (system transaction); returns how many. Meant for a periodic job."""
    return int((await connection.execute(_PURGE, older_than)).rpartition(" ")[2])


async def _repeat(
    connection: Connection, owner: tuple[UUID, str, str], fingerprint: bytes, seal: AnswerSeal | None
) -> Response:
    row = await connection.fetchrow(_READ, *owner)
    if row is None or row["request_sha256"] != fingerprint:
        raise InvalidInput(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request; use a new one.",
            [FieldError(f"header/{HEADER}", "already used for another request")],
        )
    metrics.count("koppel_http_idempotent_replays_total")
    answer: bytes = await seal.unseal(row["answer"]) if seal else row["answer"]
    return _response(row["status"], answer, {"Idempotency-Replayed": "true"})


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidInput(
            "invalid_input",
            "The Idempotency-Key is 1 to 200 printable ASCII characters.",
            [FieldError(f"header/{HEADER}", "1 to 200 printable ASCII characters")],
        )
    return key


def _fingerprint(request: Request, body: BaseModel | None) -> bytes:
    """Of what the request means (method, path, parsed body), so that spacing and order do not matter.

    Only what was given counts: to some calls null means clear and absence means keep.
    """
    meaning = None if body is None else body.model_dump(mode="json", exclude_unset=True)
    text = orjson.dumps([request.method, request.url.path, meaning], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).digest()


def _encode(answer: BaseModel) -> bytes:
    return answer.model_dump_json(by_alias=True).encode()


def _response(status: int, answer: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(answer, status_code=status, media_type="application/json", headers=headers)
