"""Somebody works in the books at random while sync-svc reads them, is killed, loses its turn, and is asked to wait."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Coroutine, Generator
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from tests.integration.conformance.reader import Reader
from tests.integration.sync_svc.deaths import Killed
from tests.unit.conformance.stand import Stand

from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.errors import IllegalTransition
from koppel.platform.database import Database
from koppel.platform.leases import Lease
from koppel.ports.access_token import AccessToken
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, PageRequest, Sweep
from sync_svc.adapters.providers import Providers
from sync_svc.application.end_run import cancel_run
from sync_svc.application.ports import Requester
from sync_svc.application.turn import Renew
from sync_svc.domain.administration import Administration
from sync_svc.domain.removal import GUARD_FLOOR
from sync_svc.domain.run import Run, RunState

SIZES = {
    "customers": 30,
    "suppliers": 5,
    "customerinvoices": 45,
    "supplierinvoices": 10,
    "vouchers": 15,
    "projects": 4,
}
_SECONDS, _DAYS, _FEED_LAPSES = 90, 20 * 86_400, 62 * 86_400
_WAITS = 600
_LONGER_THAN_OVERLAPS = 400
_FEW = 3
_MOST_STARTS = 60
_PERSON = Requester(actor="person:1", person_id="1", trigger=SyncTrigger.USER)


class Dying(Awaitable[None]):
    """Work whose process is gone at its await of this number; `passed` is how many it came to."""

    def __init__(self, work: Coroutine[Any, Any, None], at: int) -> None:
        self._work = work
        self._at = at
        self.passed = 0

    def __await__(self) -> Generator[Any, None, None]:
        go_on = partial(self._work.send, None)
        while True:
            try:
                waits_for = go_on()
            except StopIteration:
                return
            self.passed += 1
            if self.passed == self._at and (task := asyncio.current_task()) is not None:
                task.cancel()
            try:
                yield waits_for
            except BaseException as thrown:  # noqa: BLE001  # what is thrown in is the work's
                go_on = partial(self._work.throw, thrown)
            else:
                go_on = partial(self._work.send, None)


class FewItems(Providers):
    """Pages of a few items where the provider lets us choose, so that increments have several."""

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        size = ask.size if ask.since is None else min(ask.size, _FEW)
        return await super().read(
            administration, token, listing, PageRequest(ask.continuation, ask.since, size)
        )


class AtRandom(Reader):
    """A reader to whom everything happens that may; `removed` counts by resource what is gone where only whole readings tell it."""

    def __init__(self, database: Database, stand: Stand, draw: Random) -> None:
        super().__init__(database, stand, FewItems)
        self.draw = draw
        self.removed = Counter[str]()
        self._lines_removed: set[str] = set()
        self.kills = 0
        self._awaits = 200
        self._may_go: dict[str, int] = {}

    async def begin(self) -> None:
        """So much may be removed of each listing that no deletion is held: that is a person's to decide."""
        self._may_go = {name: min(GUARD_FLOOR, count // 4) for name, count in (await self.items()).items()}

    async def do_something(self) -> None:
        """One change somewhere in the books, or a few."""
        listing, count = self.draw.choice(self.listings), self.draw.randint(1, 6)
        kind = self.draw.choice(("change", "change", "add", "remove"))
        if kind == "remove" and listing.parts and isinstance(listing.removal, Feed):
            return  # at Exact lines go with their entry
        goes = kind == "remove" or (kind == "change" and len(listing.key) > 1)  # which may get another key
        if goes and self._may_go[listing.name] < count:
            return
        await self.stand.pass_time(self.draw.choice((0, 1, _LONGER_THAN_OVERLAPS)))
        done = await self.change(listing, **{kind: count})
        if goes:
            self._may_go[listing.name] -= count
        if goes and isinstance(listing.removal, Sweep):
            self.removed[listing.resource] += count
            self._lines_removed.update(done if listing.parts else ())

    async def read_at_random(self) -> None:
        """One increment, with all that may happen to it, to its end."""
        run_id = await self.ask(self.request(SyncMode.INCREMENTAL, None))
        self.wire.meanwhile = self._perhaps_work
        for _ in range(_MOST_STARTS):
            if (await self.run(run_id)).run.state is RunState.FINISHED:
                break
            await self._one_worker(run_id)
            await self._perhaps_cancel(run_id)
        self.wire.meanwhile = None
        await self.perform(run_id)

    async def perform(self, run_id: UUID) -> None:
        """To its end, in peace."""
        while (run := (await self.run(run_id)).run).state is not RunState.FINISHED:
            if run.state is RunState.DEFERRED:
                await self.stand.pass_time(_WAITS)
            await super().perform(run_id)

    async def short_of_lines(self) -> set[str]:
        """Records that lost lines where only whole readings tell it."""
        resources = {each.name: each.resource for each in self.listings}
        rows = await self.rows(
            "select listing, record_id from record_part where administration_id = $1 and part_id = any($2::text[])",
            list(self._lines_removed),
        )
        return {f"{resources[row['listing']]}/{row['record_id']}" for row in rows}

    def another(self) -> Reader:
        return AtRandom(self.database, self.stand, self.draw)

    async def pass_random_time(self) -> None:
        """Mostly a moment or days, now and then more than a feed of removals remembers."""
        longest = self.draw.choices((_SECONDS, _DAYS, _FEED_LAPSES), (3, 6, 1))[0]
        await self.stand.pass_time(longest if longest == _FEED_LAPSES else self.draw.randint(1, longest))

    async def _perhaps_work(self) -> None:
        if self.draw.random() < 0.15:  # about one in seven pages
            await self.do_something()

    async def _perhaps_cancel(self, run_id: UUID) -> None:
        """A person stops it: the next run begins where the last one that came to its end was."""
        if self.draw.random() < 0.1:  # of workers
            with suppress(IllegalTransition):
                async with self.work.begin(self.organisation_id) as tx:
                    await cancel_run(tx, run_id, _PERSON)

    async def _one_worker(self, run_id: UUID) -> None:
        """It dies at a call, at any await, or not."""
        self.wire.left = None if self.draw.random() < 0.25 else self.draw.randint(0, 5)  # calls
        at = self.draw.choice((0, self.draw.randint(1, self._awaits)))
        if (await self.run(run_id)).run.state is RunState.DEFERRED:
            await self.stand.pass_time(_WAITS)
        lease = await self.lease(run_id)
        dying = Dying(self.perform_under(lease), at)
        working = asyncio.ensure_future(dying)
        await asyncio.wait({working})
        self._awaits = max(self._awaits, dying.passed)
        self.wire.left = None
        await self.let_expire(lease)
        try:
            working.result()
        except (Killed, asyncio.CancelledError):
            self.kills += 1

    def _renewing(self, run: Run, lease: Lease) -> Renew:
        async def renew(calls: int) -> bool:
            return self.wire.meanwhile is None or self.draw.random() < 0.7  # else others are next

        return renew
