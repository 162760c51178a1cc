"""`/ops/v1/replays/{id}/verdicts`: what becomes of each event of a replay at this service's consumer."""

from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Query
from pydantic import Field

from koppel.contracts.replay import Phase
from koppel.kernel.errors import NotFound
from koppel.platform.http import NumberPageQuery, Page, ResponseModel, paginate, problems
from koppel.platform.operations.access import OPERATORS_ONLY, Ops
from koppel.platform.replay.target.verdicts import list_verdicts, phases

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])


class ReplayVerdict(ResponseModel):
    """Events of one stream that follow each other and of which the same becomes."""

    topic: str = Field(description="The stream's topic.")
    key: str = Field(description="The stream's key.")
    from_: int | None = Field(alias="from", description="The first version; null: it cannot be read.")
    to: int | None = Field(description="The last version; null: it cannot be read.")
    verdict: Literal["apply", "skip", "hold", "park"] = Field(description="What becomes of them.")
    reason: str = Field(
        description="Why: `next_in_turn`, `applied_again`, `applied_before`, `copy_waits_here`, `not_read_here`,"
        " `earlier_version_missing`, `earlier_event_parked`, or the cause's code of what is parked."
    )


@router.get(
    "/ops/v1/replays/{replay_id}/verdicts",
    operation_id="list_replay_verdicts",
    responses=problems(replay_not_found=404),
)
async def list_replay_verdicts(
    replay_id: Annotated[UUID, Path(description="The replay, of whichever service's log.")],
    page: NumberPageQuery,
    ops: Ops,
    phase: Annotated[
        Phase | None,
        Query(description="`rehearsal`: the plan's; `run`: the result's; left out: the newest of both."),
    ] = None,
) -> Page[ReplayVerdict]:
    """List what becomes of a replay's events at this service's own consumer.

    As ranges of versions, in the order of the replay.
    """
    after = page.after(int)
    consumer = ops.subscriptions.name
    async with ops.database.system() as connection:
        known = await phases(connection, consumer, replay_id)
        if not known:
            raise NotFound("replay", replay_id)
        rows = await list_verdicts(
            connection,
            consumer,
            replay_id,
            phase or ("run" if "run" in known else "rehearsal"),
            after=after[0] if after else 0,
            limit=page.fetch,
        )
    return paginate(rows, page, item=_shown, key=lambda row: (row["position"],))


def _shown(row: asyncpg.Record) -> ReplayVerdict:
    return ReplayVerdict.model_validate(
        {
            "from": row["from_version"],
            "to": row["to_version"],
            **{name: row[name] for name in ("topic", "key", "verdict", "reason")},
        }
    )
