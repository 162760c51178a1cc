"""What a provider tells of a key, unsigned, as it arrives: kept first, before it is answered, then checked with the key that came.

Anybody can send one. A reference that is not ours costs a parse and a hash; the same told again costs no more, in the
process that heard it, and no provider's call in any.
"""

import asyncio
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import orjson
from pydantic import SecretStr

from connection_svc.application.check_notice import NOTICE_FIELD, check_now
from connection_svc.application.in_flight import InFlight
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.key_notice import StoredNotice
from connection_svc.domain.login import fingerprint
from connection_svc.domain.provider import KeyNotice
from koppel.kernel.errors import KoppelError
from koppel.kernel.ids import new_id

_REMEMBERED = 1000
"""Notices that this process has heard already."""
_STORED_WITHIN = 3.0
"""Seconds that the provider waits for its answer."""
_AT_ONCE = 4
"""Notices of one reference that are on their way into the database: who knows one cannot crowd out the others."""


class NoticeInbox:
    """The notices of one process."""

    def __init__(self, ports: Ports, refresher: TokenRefresher, in_flight: InFlight) -> None:
        self._ports = ports
        self._refresher = refresher
        self._in_flight = in_flight
        self._heard: OrderedDict[bytes, None] = OrderedDict()
        self._under_way: Counter[bytes] = Counter()

    async def take(self, provider: str, body: bytes) -> str:
        """What it was, in one word. The provider sends it once and no answer changes that, so nothing is raised."""
        try:
            notice = self._ports.providers.key_notice(provider, body)
        except KoppelError:
            return "unreadable"
        if not await self._ports.fingerprints.is_signed(notice.reference.get_secret_value()):
            return "unknown"
        reference = fingerprint(notice.reference.get_secret_value())
        told = await self._ports.fingerprints.of_notice(notice)
        if told in self._heard or self._under_way[reference] >= _AT_ONCE:
            return "repeated"
        self._remember(told)
        self._under_way[reference] += 1
        kept = asyncio.Event()
        work = self._keep_and_check(_Heard(provider, notice, reference, told), kept)
        if self._in_flight.stopping:
            await work
        else:
            self._in_flight.leave(work, "a notice of a key")
            await _in_time(kept)
        return notice.action

    def _remember(self, told: bytes) -> None:
        self._heard[told] = None
        if len(self._heard) > _REMEMBERED:
            self._heard.popitem(last=False)

    async def _keep_and_check(self, heard: "_Heard", kept: asyncio.Event) -> None:
        reference = heard.reference
        try:
            notice_id = await self._keep(heard)
        finally:
            kept.set()
            self._under_way[reference] -= 1
            if not self._under_way[reference]:
                del self._under_way[reference]
        if notice_id is not None and not self._in_flight.stopping:
            await check_now(self._ports, self._refresher, notice_id)

    async def _keep(self, heard: "_Heard") -> UUID | None:
        notice = heard.notice
        notice_id, key = new_id(), {name: secret.get_secret_value() for name, secret in notice.key.items()}

        async def keep(tx: Transaction) -> UUID | None:
            organisation_id = await _owner(tx, heard.provider, heard.reference)
            if organisation_id is None:
                return None
            sealed = await self._ports.vault.seal(
                organisation_id, notice_id, NOTICE_FIELD, 1, SecretStr(orjson.dumps(key).decode())
            )
            stored = StoredNotice(
                id=notice_id,
                organisation_id=organisation_id,
                provider=heard.provider,
                reference_sha256=heard.reference,
                action=notice.action,
                told_hash=heard.told,
                key=sealed,
                received_at=tx.now,
            )
            return notice_id if await tx.key_notices.insert(stored) else None

        return await self._ports.unit_of_work.persist(keep)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A notice with its reference and itself as fingerprints."""

    provider: str
    notice: KeyNotice
    reference: bytes
    told: bytes


async def _in_time(kept: asyncio.Event) -> None:
    """What is answered is stored, unless the database is away: then the notice lies in memory until it is back."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_STORED_WITHIN):
            await kept.wait()


async def _owner(tx: Transaction, provider: str, reference: bytes) -> UUID | None:
    login = await tx.logins.find(reference, provider)
    return login.organisation_id if login else await tx.key_references.organisation_of(reference)
