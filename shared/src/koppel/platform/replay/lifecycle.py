"""The states of a replay and the acts that change them, each with its audit row in the same transaction.

planning → planned → running ⇄ paused → finished; on the way also cancelling → cancelled, and stale when the world
moved. A plan is made by the targets: they run dry what they would be sent and report it.
"""

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from koppel.contracts.replay import Mode
from koppel.kernel.errors import Forbidden, IllegalTransition, InvalidInput, NotFound
from koppel.kernel.ids import new_id
from koppel.platform.audit import Audit
from koppel.platform.database import Connection
from koppel.platform.replay.differences import differences
from koppel.platform.replay.filter import ReplayFilter, asked_topics
from koppel.platform.replay.freeze import freeze
from koppel.platform.replay.model import Replay, ReplayState, load
from koppel.platform.replay.resolve_targets import Target, resolve
from koppel.platform.replay.snapshot import Snapshots, freeze_snapshot
from koppel.platform.replay.states import ACTS, PAST, REPLAY_STATES, Act, refusal_of

DEFAULT_RATE = 1_000
"""Events a second to each target."""

_INSERT = """
insert into replay (id, state, mode, filter, parked_only, rate, organisation_id, reason, actor, events, streams,
                    working, gap, started_at, resumed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, true, $10,
        case when $2 = 'running' then now() end, case when $2 = 'running' then now() end)
on conflict do nothing returning id
"""
_SIZE = """
update replay set (events, streams) =
    (select count(*), count(*) filter (where first) from replay_event where replay_id = $1),
    incomplete_log = mode = 'rebuild' and exists (select from replay_event where replay_id = $1 and not whole)
where id = $1
"""
_ADD_TARGET = """
insert into replay_target (replay_id, consumer, reports, topics, total)
select $1, $2, $3, $4, count(*) from replay_event where replay_id = $1 and topic = any($4)
"""
_SET_STATE = """
update replay set state = $2, working = $3, detail = coalesce($4, detail), differences = $5,
    planned_at = case when $2 = 'planned' and planned_at is null then now() else planned_at end,
    started_at = case when $2 = 'running' and started_at is null then now() else started_at end,
    resumed_at = case when $2 = 'running' then now() else resumed_at end,
    resumed_from = case when $2 = 'running' then $6 else resumed_from end,
    ended_at = case when $2 in ('finished', 'cancelled', 'stale') then now() end
where id = $1
"""
_SET_WORKING = "update replay set working = $2 where id = $1"
_OVER: tuple[ReplayState, ...] = ("finished", "cancelled", "stale")


class Replays:
    """The replays of one service's log. Every method works in the caller's transaction (system scope)."""

    def __init__(self, service: str, four_eyes: int | None = None) -> None:
        """A replay of more events than `four_eyes` is started by somebody other than its planner."""
        self.service = service
        self.four_eyes = four_eyes
        self.snapshots: Snapshots | None = None
        self.watchers: list[Callable[[], None]] = []
        """Called when a replay moves in a transaction of this process, before it commits."""

    async def plan(
        self,
        connection: Connection,
        *,
        asked: ReplayFilter,
        target: Literal["all"] | Sequence[str],
        mode: Mode,
        rate: int,
        reason: str,
        actor: str,
    ) -> UUID:
        """Freeze what it would send and let the targets run it dry. Raises `InvalidInput`."""
        topics = asked_topics(asked, self.service, mode)
        if not topics:
            raise InvalidInput("filter_invalid", f"Nothing that {self.service} owns can match all of this.")
        targets = resolve(target, topics)
        replay_id = await self._insert(
            connection, "planning", asked, targets, mode=mode, rate=rate, reason=reason, actor=actor
        )
        assert replay_id is not None  # noqa: S101  (its id is new, and it is no gap's)
        await self._audit(connection, await self.get(connection, replay_id), "planned", actor, reason)
        await self.conclude(connection, replay_id)
        return replay_id

    async def repair(
        self,
        connection: Connection,
        *,
        gap: str,
        asked: ReplayFilter,
        target: Target,
        actor: str,
        reason: str = "gap",
        rate: int = DEFAULT_RATE,
    ) -> UUID | None:
        """Run at once, without a plan; None while one for the same gap is unfinished."""
        replay_id = await self._insert(
            connection,
            "running",
            asked,
            [target],
            mode="repair",
            rate=rate,
            reason=reason,
            actor=actor,
            gap=gap,
        )
        if replay_id is not None:
            await self._audit(connection, await self.get(connection, replay_id), "started", actor, reason)
            await self.conclude(connection, replay_id)
        return replay_id

    async def act(
        self, connection: Connection, replay_id: UUID, act: Act, *, actor: str, reason: str | None = None
    ) -> Replay:
        """Start, pause, resume or cancel; again is no change. Raises `NotFound`, `IllegalTransition` and `Forbidden`
        (`four_eyes_required`)."""
        replay = await self.get(connection, replay_id, lock=True)
        begun, settled, done = ACTS[act]
        if replay.state in settled:
            return replay
        if replay.state not in begun:
            raise IllegalTransition(
                f"replay_{replay.state}",
                refusal_of(act, replay.state),
                entity=REPLAY_STATES.entity,
                identifier=replay.id,
            )
        if act == "start" and actor == replay.actor:
            self._check_four_eyes(replay)
        state = done
        if act == "cancel" and not replay.working and not replay.has_work:
            state = "cancelled"
        await self._enter(connection, replay, state, working=act != "pause" or replay.working)
        await self._audit(connection, replay, PAST[act], actor, reason or replay.reason)
        await self.conclude(connection, replay_id)
        return await self.get(connection, replay_id)

    def _check_four_eyes(self, replay: Replay) -> None:
        if self.four_eyes is not None and replay.events > self.four_eyes:
            detail = f"A replay of more than {self.four_eyes} events is started by somebody other than its planner."
            raise Forbidden("four_eyes_required", detail)

    async def get(self, connection: Connection, replay_id: UUID, *, lock: bool = False) -> Replay:
        """Raises `NotFound`."""
        replay = await load(connection, replay_id, lock=lock)
        if replay is None:
            raise NotFound("replay", replay_id)
        return replay

    async def conclude(self, connection: Connection, replay_id: UUID) -> Replay | None:
        """Draw the conclusions of what was sent and reported; called whenever either went on."""
        replay = await load(connection, replay_id, lock=True)
        if replay is None:
            return None
        for call in self.watchers:
            call()
        phase, state, detail = replay.phase, None, None
        found: list[str] = []
        if replay.state in ("planning", "running"):
            moved = [
                (each.consumer, report["moved"])
                for each in replay.targets
                if (report := each.report(phase)) is not None and report["moved"]
            ]
            if moved:
                state, detail = "stale", f"{moved[0][0]}: {moved[0][1]}. Make a new plan."
            elif all(each.complete(phase) for each in replay.targets):
                state = "planned" if phase == "rehearsal" else "finished"
                found = differences(replay) if state == "finished" else []
        elif replay.state == "cancelling" and not replay.has_work:
            state = "cancelled"
        if state is not None:
            await self._enter(connection, replay, state, detail=detail, found=found)
            if state in ("finished", "stale"):
                actor = f"service:{self.service}"
                await self._audit(connection, replay, state, actor, detail or replay.reason)
            replay = await self.get(connection, replay_id)
        if replay.working and not replay.has_work:
            await connection.execute(_SET_WORKING, replay_id, False)
        if replay.state in _OVER and not replay.has_work:
            await forget_pick(connection, replay_id)
        return replay

    async def stop(self, connection: Connection, replay: Replay, detail: str) -> None:
        """It cannot go on; segments that are open stay so. One that is over stays what it is."""
        if not REPLAY_STATES.allow(replay.state, "stale"):
            await connection.execute(_SET_WORKING, replay.id, False)
            return
        await self._enter(connection, replay, "stale", detail=detail, working=False)
        await self._audit(connection, replay, "stale", f"service:{self.service}", detail)

    async def _insert(
        self,
        connection: Connection,
        state: str,
        asked: ReplayFilter,
        targets: Sequence[Target],
        *,
        mode: Mode,
        rate: int,
        reason: str,
        actor: str,
        gap: str | None = None,
    ) -> UUID | None:
        replay_id, shown = new_id(), asked.model_dump(mode="json", by_alias=True, exclude_none=True)
        if not await connection.fetchval(
            _INSERT,
            replay_id,
            state,
            mode,
            shown,
            asked.parked_only,
            rate,
            asked.organisation_id,
            reason,
            actor,
            gap,
        ):
            return None
        if mode == "snapshot":
            assert self.snapshots is not None  # noqa: S101  (the filter was checked against the owner)
            pages = self.snapshots.pages(connection, asked.administration_ids or (), asked.organisation_id)
            await freeze_snapshot(connection, replay_id, pages)
        else:
            topics = sorted({topic for target in targets for topic in target.topics})
            await freeze(connection, replay_id, asked, topics, mode)
        await connection.execute(_SIZE, replay_id)
        for target in targets:
            await connection.execute(
                _ADD_TARGET, replay_id, target.consumer, target.reports, list(target.topics)
            )
        return replay_id

    async def _enter(
        self,
        connection: Connection,
        replay: Replay,
        state: str,
        *,
        working: bool | None = None,
        detail: str | None = None,
        found: Sequence[str] = (),
    ) -> None:
        kept = replay.working if working is None else working
        await connection.execute(
            _SET_STATE,
            replay.id,
            state,
            kept,
            detail,
            list(found),
            replay.done if replay.started_at else 0,
        )

    async def _audit(
        self, connection: Connection, replay: Replay, what: str, actor: str, reason: str
    ) -> None:
        await Audit(connection).record(
            organisation_id=replay.organisation_id,
            actor=actor,
            action=f"replay.{what}",
            target=f"replay/{replay.id}",
            reason=reason,
        )


async def forget_pick(connection: Connection, replay_id: UUID) -> None:
    """What was sent is not needed any more."""
    await connection.execute("delete from replay_snapshot where replay_id = $1", replay_id)
    await connection.execute("delete from replay_event where replay_id = $1", replay_id)
