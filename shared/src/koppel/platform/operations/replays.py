"""`/ops/v1/replays`: events of this service's log are sent again to consumers that need them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Annotated, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from koppel.contracts.replay import Phase
from koppel.contracts.replay_topic import replay_topic_name
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    Page,
    PageQuery,
    idempotent,
    keep_answer,
    paginate,
    problems,
    require_right,
)
from koppel.platform.identity.principal import Principal
from koppel.platform.identity.rights import PREVIEW, REPLAY
from koppel.platform.operations.access import OPERATORS_ONLY, Ops
from koppel.platform.operations.replay_models import (
    ActOnReplay,
    Outcome,
    PlanReplay,
    ReplayProgress,
    ShownReplay,
    TargetCounts,
)
from koppel.platform.replay.model import Replay, ReplayState, list_newest
from koppel.platform.replay.resolve_targets import is_known_by_its_replay_topic
from koppel.platform.replay.states import Act

router = APIRouter(tags=["operations"])

ReplayId = Annotated[UUID, Path(description="The replay.")]

_PLANNED_WITHIN = 25.0
_CANCELLED_WITHIN = 2.0
_LOOK_EVERY = 0.05
_ACT_REFUSED = problems(replay_not_found=404, **{f"replay_{state}": 409 for state in get_args(ReplayState)})
Planner = Annotated[Principal, Depends(require_right(PREVIEW, REPLAY))]
Replayer = Annotated[Principal, Depends(require_right(REPLAY))]
State = Annotated[ReplayState | None, Query(description="Only those in this state; left out: all.")]


@router.post(
    "/ops/v1/replays",
    operation_id="plan_replay",
    status_code=201,
    response_model=ShownReplay,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(
        filter_empty=422, filter_invalid=422, snapshot_not_here=422, target_unknown=422, lane_unavailable=503
    ),
)
async def plan(request: Request, body: PlanReplay, planner: Planner, ops: Ops) -> Response:
    """Plan a replay. What it would send is frozen, and its targets tell what would become of it; nothing is applied before it is started.

    Answers `planned`, or `planning` while a target has not told its part within 25 seconds.
    """
    made: list[UUID] = []

    async def run() -> ShownReplay:
        replay_id = await ops.replays.plan(
            connection,
            asked=body.filter,
            target=[body.target] if isinstance(body.target, str) and body.target != "all" else body.target,
            mode=body.mode,
            rate=body.rate,
            reason=body.reason,
            actor=planner.actor,
        )
        made.append(replay_id)
        return _shown(await ops.replays.get(connection, replay_id))

    await _check_replay_topics(ops, [body.target] if isinstance(body.target, str) else body.target)
    async with ops.database.system() as connection:
        answer = await idempotent(request, connection, planner, body, run)
    if not made:
        return answer
    shown = _shown(await _when(ops, made[0], lambda replay: replay.state != "planning", _PLANNED_WITHIN))
    async with ops.database.system() as connection:
        return await keep_answer(request, connection, planner, shown)


@router.get("/ops/v1/replays", operation_id="list_replays", dependencies=[OPERATORS_ONLY])
async def list_replays(page: PageQuery, ops: Ops, state: State = None) -> Page[ShownReplay]:
    """List replays. Newest first, those that repair gaps included."""
    after = page.after(UUID)
    async with ops.database.system() as connection:
        replays = await list_newest(connection, after=after and after[0], state=state, limit=page.fetch)
    return paginate(replays, page, item=_shown, key=lambda replay: (replay.id,))


@router.get(
    "/ops/v1/replays/{replay_id}",
    operation_id="get_replay",
    dependencies=[OPERATORS_ONLY],
    responses=problems(replay_not_found=404),
)
async def get_replay(replay_id: ReplayId, ops: Ops) -> ShownReplay:
    """Show a replay: its state, how far it is, and what came of it."""
    async with ops.database.system() as connection:
        return _shown(await ops.replays.get(connection, replay_id))


@router.post(
    "/ops/v1/replays/{replay_id}/start",
    operation_id="start_replay",
    responses={**_ACT_REFUSED, **problems(four_eyes_required=403)},
)
async def start(
    replay_id: ReplayId, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Start a planned replay. One of more events than `KOPPEL_REPLAY_FOUR_EYES` is started by somebody other than its planner; starting what runs already changes nothing."""
    return _shown(await _act(ops, replay_id, "start", replayer, body))


@router.post("/ops/v1/replays/{replay_id}/pause", operation_id="pause_replay", responses=_ACT_REFUSED)
async def pause(
    replay_id: ReplayId, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Pause a replay. Nothing more is sent for now; a rebuild finishes the stream in hand."""
    return _shown(await _act(ops, replay_id, "pause", replayer, body))


@router.post("/ops/v1/replays/{replay_id}/resume", operation_id="resume_replay", responses=_ACT_REFUSED)
async def resume(
    replay_id: ReplayId, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Resume a paused replay."""
    return _shown(await _act(ops, replay_id, "resume", replayer, body))


@router.post("/ops/v1/replays/{replay_id}/cancel", operation_id="cancel_replay", responses=_ACT_REFUSED)
async def cancel(
    replay_id: ReplayId, replayer: Replayer, ops: Ops, body: ActOnReplay | None = None
) -> ShownReplay:
    """Cancel a replay. What was applied stays; what a rebuild leaves of the stream in hand comes by a repair of its own, which is listed."""
    await _act(ops, replay_id, "cancel", replayer, body)
    return _shown(await _when(ops, replay_id, lambda replay: replay.state != "cancelling", _CANCELLED_WITHIN))


async def _check_replay_topics(ops: Ops, names: Sequence[str]) -> None:
    """A target that is neither a service nor registered must have a replay topic: this catches a mistyped name."""
    problems = [
        FieldError(
            f"/target/{number}",
            f"There is no consumer {name}: no service, none registered, and no topic {replay_topic_name(name)}. "
            "A subscriber makes that topic, its replay topic, before anything is sent to it.",
        )
        for number, name in enumerate(names)
        if ops.replay_topics is not None
        and is_known_by_its_replay_topic(name)
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
    """The replay when it has reached the state, or as it is after that many seconds."""
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
            TargetCounts.model_validate(
                {
                    "consumer": each.consumer,
                    "reports": each.reports,
                    **each.counts(phase),
                    **each.effects(phase)._asdict(),
                }
            )
            for each in replay.targets
        ],
        incomplete_log=replay.incomplete_log,
    )
