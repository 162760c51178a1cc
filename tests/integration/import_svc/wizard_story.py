"""Two people and kills in import sessions: what they do, and what must have come of it when it is told in order."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from import_svc.adapters.postgres.unit_of_work import PostgresTransaction, PostgresUnitOfWork
from import_svc.application.confirm_import import Imported, confirm_import
from import_svc.application.select_candidates import select_candidates
from import_svc.application.store_profiles import ProfileRow, store_profiles
from import_svc.domain.profile import ProfileDraft
from koppel.contracts.values import Sector
from koppel.kernel.errors import Conflict, InvalidInput
from koppel.platform.database import Connection
from koppel.ports.caller import Caller

SECTORS = "ACFG"
_STATEMENTS = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval"})
_MOST_STATEMENTS = 12
"""A little more than an act has."""
REFUSALS = {"import_session_changed", "already_imported", "import_session_not_selecting", "nothing_selected"}


class Killed(Exception):
    """The process died: before a statement, or with the answer on its way."""


class _Dying:
    """A connection whose process dies before one of its statements; the server rolls back."""

    def __init__(self, connection: Connection, statements: int) -> None:
        self._connection = connection
        self._left = statements

    def __getattr__(self, name: str) -> Any:
        if name in _STATEMENTS:
            if self._left == 0:
                raise Killed
            self._left -= 1
        return getattr(self._connection, name)


class DyingWork(PostgresUnitOfWork):
    """A unit of work that is killed before the statement of that number."""

    statements = 0

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[PostgresTransaction]:
        async with super().begin(organisation_id) as tx:
            yield type(tx)(_Dying(tx.connection, self.statements), organisation_id, tx.now, tx.cause)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Act:
    """What a person does who has seen that version: a whole selection, sectors of some candidates, or the import.

    `dies_before` is the number of the statement; `answer_lost`: it was done, and the person does it again.
    """

    seen: int
    selection: frozenset[UUID] | None = None
    sectors: tuple[tuple[UUID, str], ...] = ()
    confirm: bool = False
    dies_before: int | None = None
    answer_lost: bool = False


def drawn(random: Random, ids: Sequence[UUID], seen: int) -> Act:
    some = random.sample(ids, random.randint(1, len(ids)))
    dies = random.randrange(_MOST_STATEMENTS) if random.random() < 0.25 else None
    lost = dies is None and random.random() < 0.15
    kind = random.random()
    if kind < 0.06:
        return Act(seen, confirm=True, dies_before=dies, answer_lost=lost)
    if kind < 0.53:
        return Act(seen, frozenset(some), dies_before=dies, answer_lost=lost)
    sectors = tuple((each, random.choice(SECTORS)) for each in some)
    return Act(seen, sectors=sectors, dies_before=dies, answer_lost=lost)


@dataclass(frozen=True)
class Person:
    """Who works in a session. `work` opens the transactions, `dying` those that do not end."""

    caller: Caller
    organisation_id: UUID
    session_id: UUID
    work: PostgresUnitOfWork
    dying: Callable[[int], DyingWork]

    async def perform(self, act: Act) -> list[int | list[Imported]]:
        """The versions that it made, or what it imported: none when it was refused or killed, two when it was done
        again because its answer was lost."""
        work = self.work if act.dies_before is None else self.dying(act.dies_before)
        made: list[int | list[Imported]] = []
        try:
            made.append(await self._acted(work, act))
            if act.answer_lost:
                made.append(await self._acted(work, act))
        except Killed:
            return made
        except (Conflict, InvalidInput) as refused:
            names_what = refused.errors or refused.code != "import_session_changed"
            if refused.code not in REFUSALS or not names_what:
                raise
        return made

    async def _acted(self, work: PostgresUnitOfWork, act: Act) -> int | list[Imported]:
        async with work.begin(self.organisation_id) as tx:
            if act.confirm:
                return await confirm_import(tx, self.caller, self.session_id, act.seen)
            if act.selection is not None:
                return await select_candidates(
                    tx, self.caller, self.session_id, list(act.selection), act.seen
                )
            rows = [
                ProfileRow(each, ProfileDraft(sector=Sector(sbi_version="2025", code=code)))
                for each, code in act.sectors
            ]
            stored = await store_profiles(tx, self.caller, self.session_id, rows, version=act.seen)
            return stored.version


class Story:
    """What the session holds when the acts that were answered are told one after the other."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self.selected: dict[UUID, tuple[bool, int]] = dict.fromkeys(ids, (False, 0))
        self.sectors: dict[UUID, tuple[str | None, int]] = dict.fromkeys(ids, (None, 0))

    def tell(self, act: Act, version: int) -> None:
        if act.selection is not None:
            for each, (was, since) in self.selected.items():
                now = each in act.selection
                assert now == was or since <= act.seen, "undid a selection that was not seen"
                self.selected[each] = (now, version if now != was else since)
        for each, code in act.sectors:
            before, since = self.sectors[each]
            assert code == before or since <= act.seen, "undid a profile that was not seen"
            self.sectors[each] = (code, version)

    def tell_import(self, act: Act, imported: Sequence[Imported]) -> None:
        chosen = {each for each, (selected, _) in self.selected.items() if selected}
        assert {candidate for candidate, _ in imported} == chosen, "imported what was not selected"
        assert all(since <= act.seen for _, since in self.selected.values()), "imported a selection not seen"
        assert all(self.sectors[each][1] <= act.seen for each in chosen), "imported a profile not seen"
