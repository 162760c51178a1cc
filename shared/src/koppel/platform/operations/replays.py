"""`/ops/v1/replays`: events of this service's log are sent again to consumers that need them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, JsonValue, StringConstraints

from koppel.contracts.lane import lane_topic
from koppel.contracts.replay import Mode, Phase
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    Page,
    PageQuery,
    RequestModel,
    ResponseModel,
    idempotent,
    keep_answer,
    paginate,
    require_right,
)
from koppel.platform.identity.principal import Principal
from koppel.platform.identity.rights import REPLAY
from koppel.platform.operations.access import OPERATORS_ONLY, Ops
from koppel.platform.replay.filter import ReplayFilter
from koppel.platform.replay.lifecycle import DEFAULT_RATE, Act
from koppel.platform.replay.model import Replay, ReplayState, with_targets
from koppel.platform.replay.resolve_targets import is_known_by_its_lane

router = APIRouter(tags=["operations"])

_PLANNED_WITHIN = 25.0
_CANCELLED_WITHIN = 2.0
_LOOK_EVERY = 0.05
_LIST = """
select * from replay where ($1::uuid is null or id < $1) and ($2::text is null or state = $2) order by id desc limit $3
"""

Replayer = Annotated[Principal, Depends(require_right(REPLAY))]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern="^[^\x00]*$")
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PlanReplay(RequestModel):
    """What to send to whom. `rate` is in events a second to each target.

    `repair` applies what is missing or parked; `rebuild` applies again, from each stream's lowest picked version
    to its newest; `snapshot` sends the current state of administrations' records.
    """

    filter: ReplayFilter
    target: Literal["all"] | Name | Annotated[list[Name], Field(min_length=1, max_length=100)]
    mode: Mode = "repair"
    rate: Annotated[int, Field(ge=1, le=10_000)] = DEFAULT_RATE
    reason: Reason


class ActOnReplay(RequestModel):
    """A reason of the act itself; the replay's own when left out."""

    reason: Reason | None = None


class TargetCounts(ResponseModel):
    """Events by what becomes of them at one consumer: applied, already applied, waiting for others, failing.

    Null where the consumer does not report (`reports` is false), or has not yet.
    """

    consumer: str
    apply: int | None
    skip: int | None
    hold: int | None
    park: int | None
    reports: bool


class Outcome(ResponseModel):
    """`events` in `streams`, as picked, and what each target does with those that it reads. With `parked_only`: those
    of the target that has the most of them. `incomplete_log`: a rebuild whose log does not begin at every stream's first
    version: what these streams fill is overwritten where events tell it, and nothing is forgotten."""

    events: int
    streams: int
    targets: list[TargetCounts]
    incomplete_log: bool


class ReplayProgress(ResponseModel):
    """Records of all targets together; `eta_seconds` is null unless it runs or is over."""

    done: int
    total: int
    eta_seconds: int | None


class ShownReplay(ResponseModel):
    """A replay. `waiting_for`: targets whose part of the plan is not known yet. `detail` says why it is stale.
    `differences`: where the result is another than the plan."""

    id: UUID
    state: ReplayState
    mode: Mode
    filter: dict[str, JsonValue]
    target: list[str]
    rate: int
    reason: str
    actor: str
    plan: Outcome | None
    waiting_for: list[str]
    progress: ReplayProgress
    result: Outcome | None
    differences: list[str]
    detail: str | None
    created_at: datetime
    planned_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


@router.post(
    "/ops/v1/replays",
    operation_id="plan_replay",
    status_code=201,
    response_model=ShownReplay,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
)
async def plan(request: Request, body: PlanReplay, replayer: Replayer, ops: Ops) -> Response:
    """Freeze what it would send and let its targets rehearse it. Answers `planned`, or `planning` while a target
    has not told its part within 25 seconds. Nothing is applied before it is started."""
    made: list[UUID] = []

    async def run() -> ShownReplay:
        replay_id = await ops.replays.plan(
            connection,
            asked=body.filter,
            target=[body.target] if isinstance(body.target, str) and body.target != "all" else body.target,
            mode=body.mode,
            rate=body.rate,
            reason=body.reason,
            actor=replayer.actor,
        )
        made.append(replay_id)
        return _shown(await ops.replays.get(connection, replay_id))

    await _check_lanes(ops, [body.target] if isinstance(body.target, str) else body.target)
    async with ops.database.system() as connection:
        answer = await idempotent(request, connection, replayer, body, run)
    if not made:
        return answer
    shown = _shown(await _when(ops, made[0], lambda replay: replay.state != "planning", _PLANNED_WITHIN))
    async with ops.database.system() as connection:
        return await keep_answer(request, connection, replayer, shown)


@router.get("/ops/v1/replays", operation_id="list_replays", dependencies=[OPERATORS_ONLY])
async def list_replays(page: PageQuery, ops: Ops, state: ReplayState | None = None) -> Page[ShownReplay]:
    """Newest first, those that repair gaps included."""
    after = page.after(UUID)
    async with ops.database.system() as connection:
        rows = await connection.fetch(_LIST, after and after[0], state, page.fetch)
        replays = await with_targets(connection, rows)
    return paginate(replays, page, item=_shown, key=lambda replay: (replay.id,))


@router.get("/ops/v1/replays/{replay_id}", operation_id="get_replay", dependencies=[OPERATORS_ONLY])
async def get_replay(replay_id: UUID, ops: Ops) -> ShownReplay:
    """Its state, how far it is, and what came of it."""
    async with ops.database.system() as connection:
        return _shown(await ops.replays.get(connection, replay_id))


@router.post("/ops/v1/replays/{replay_id}/start", operation_id="start_replay")
async def start(
    replay_id: UUID, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Carry the plan out. Starting what runs already changes nothing."""
    return _shown(await _act(ops, replay_id, "start", replayer, body))


@router.post("/ops/v1/replays/{replay_id}/pause", operation_id="pause_replay")
async def pause(
    replay_id: UUID, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Send nothing more for now; a rebuild finishes the stream in hand."""
    return _shown(await _act(ops, replay_id, "pause", replayer, body))


@router.post("/ops/v1/replays/{replay_id}/resume", operation_id="resume_replay")
async def resume(
    replay_id: UUID, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Go on where it was paused."""
    return _shown(await _act(ops, replay_id, "resume", replayer, body))


@router.post("/ops/v1/replays/{replay_id}/cancel", operation_id="cancel_replay")
async def cancel(
    replay_id: UUID, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Send nothing more. What was applied stays; what a rebuild leaves of the stream in hand comes by a repair of its
    own, which is listed."""
    await _act(ops, replay_id, "cancel", replayer, body)
    return _shown(await _when(ops, replay_id, lambda replay: replay.state != "cancelling", _CANCELLED_WITHIN))


async def _check_lanes(ops: Ops, names: Sequence[str]) -> None:
    """Whoever is neither a service nor registered is known by its lane: a name mistyped would be sent to for nothing."""
    problems = [
        FieldError(
            f"/target/{number}",
            f"There is no consumer {name}: no service, none registered, and no topic {lane_topic(name)}. "
            "A subscriber makes that topic, its lane, before anything is sent to it.",
        )
        for number, name in enumerate(names)
        if ops.replay_topics is not None
        and is_known_by_its_lane(name)
        and not await ops.replay_topics.exists(name)
    ]
    if problems:
        raise InvalidInput("target_unknown", problems[0].message, problems)


async def _act(ops: Ops, replay_id: UUID, act: Act, replayer: Principal, body: ActOnReplay | None) -> Replay:
    async with ops.database.system() as connection:
        return await ops.replays.act(
            connection, replay_id, act, actor=replayer.actor, reason=None if body is None else body.reason
        )


async def _when(ops: Ops, replay_id: UUID, ready: Callable[[Replay], bool], within: float) -> Replay:
    """The replay once it is as far, or as it is after that many seconds."""
    deadline = time.monotonic() + within
    while True:
        async with ops.database.system() as connection:
            replay = await ops.replays.get(connection, replay_id)
        if ready(replay) or time.monotonic() > deadline:
            return replay
        await asyncio.sleep(_LOOK_EVERY)


def _shown(replay: Replay) -> ShownReplay:
    names = ShownReplay.model_fields.keys() & set(Replay.__slots__)
    return ShownReplay(
        **{name: getattr(replay, name) for name in names},
        target=[each.consumer for each in replay.targets],
        plan=None if replay.gap else _outcome(replay, "rehearsal"),
        result=None if replay.started_at is None else _outcome(replay, "run"),
        waiting_for=replay.waiting_for,
        progress=ReplayProgress(done=replay.done, total=replay.total, eta_seconds=replay.eta_seconds()),
    )


def _outcome(replay: Replay, phase: Phase) -> Outcome:
    events, streams = replay.found(phase)
    return Outcome(
        events=events,
        streams=streams,
        targets=[
            TargetCounts(consumer=each.consumer, reports=each.reports, **each.counts(phase))
            for each in replay.targets
        ],
        incomplete_log=replay.incomplete_log,
    )
