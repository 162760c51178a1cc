"""Shapes of replays, as operators ask for them and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from koppel.contracts.replay import Mode
from koppel.contracts.values import AUDIT_ACTOR
from koppel.platform.http import RequestModel, ResponseModel
from koppel.platform.replay.filter import ReplayFilter
from koppel.platform.replay.lifecycle import DEFAULT_RATE
from koppel.platform.replay.model import ReplayState

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern="^[^\x00]*$")
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PlanReplay(RequestModel):
    """What to send to whom. `rate` is in events a second to each target.

    `repair` applies what is missing or parked; `rebuild` applies again, from each stream's lowest picked version
    to its newest; `snapshot` sends the current state of administrations' records.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "filter": {"administration_ids": ["0198c0de-0000-7000-8000-000000000008"]},
                    "target": "all",
                    "mode": "repair",
                    "reason": "A consumer lost its rows.",
                }
            ]
        }
    )

    filter: ReplayFilter = Field(description="Which events to send again.")
    target: Literal["all"] | Name | Annotated[list[Name], Field(min_length=1, max_length=100)] = Field(
        description="`all` consumers, one, or those named."
    )
    mode: Mode = Field(
        default="repair",
        description="`repair` what is missing or parked, `rebuild` by applying again, or `snapshot`: the current state of records.",
    )
    rate: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=DEFAULT_RATE, description="Events a second to each target, 1 to 10,000."
    )
    reason: Reason = Field(description="Why, for the audit trail, 1 to 500 characters.")


class ActOnReplay(RequestModel):
    """A reason of the act itself; the replay's own when left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Outside office hours."}]})

    reason: Reason | None = Field(
        default=None,
        description="Why, for the audit trail, 1 to 500 characters; null or left out: the replay's own reason.",
    )


class ChangedTable(ResponseModel):
    """Rows of one table of the consumer."""

    table: str = Field(description="The table, in the consumer's own schema.")
    inserted: int = Field(description="Rows that are inserted.")
    updated: int = Field(description="Rows that are updated, a row as often as it is.")
    deleted: int = Field(description="Rows that are deleted.")


class AppendedType(ResponseModel):
    """Events of one type that the consumer appends to its own log."""

    type: str = Field(description="The type, as in `ce_type`.")
    events: int = Field(description="How many.")


class TargetCounts(ResponseModel):
    """Events by what becomes of them at one consumer: applied, already applied, waiting for others, failing; and what they
    change there.

    Null where the consumer does not report (`reports` is false), or has not yet.
    """

    consumer: str = Field(description="The consumer.")
    apply: int | None = Field(description="Events that it applies; null: not told.")
    skip: int | None = Field(description="Events that it has applied already; null: not told.")
    hold: int | None = Field(description="Events that wait for others; null: not told.")
    park: int | None = Field(description="Events that fail; null: not told.")
    changes: list[ChangedTable] | None = Field(
        description="Rows of the consumer's own tables that change, by table; null: not told."
    )
    appends: list[AppendedType] | None = Field(
        description="Events that the consumer appends on account of these, by type; null: not told."
    )
    estimated: bool | None = Field(
        description="Whether `changes` and `appends` leave out events of segments that are longer than one transaction"
        " (200 events); null: not told."
    )
    reports: bool = Field(description="Whether this consumer tells what becomes of events.")


class Outcome(ResponseModel):
    """`events` in `streams`, as picked, and what each target does with those that it reads. With `parked_only`: those
    of the target that has the most of them. `incomplete_log`: a rebuild whose log does not begin at every stream's first
    version: what these streams fill is overwritten where events tell it, and nothing is forgotten."""

    events: int = Field(description="How many events, as picked.")
    streams: int = Field(description="Of how many streams.")
    targets: list[TargetCounts] = Field(description="What each target does with those that it reads.")
    incomplete_log: bool = Field(
        description="Whether the log of a stream to rebuild begins after its first version: then nothing is forgotten first."
    )


class ReplayProgress(ResponseModel):
    """Records of all targets together; `eta_seconds` is null unless it runs or is over."""

    done: int = Field(description="Records that were sent, of all targets together.")
    total: int = Field(description="Records to send.")
    eta_seconds: int | None = Field(
        description="Seconds until it will be done, estimated; null: it neither runs nor is over."
    )


class ShownReplay(ResponseModel):
    """A replay. `waiting_for`: targets whose part of the plan is not known yet. `detail` says why it is stale.
    `differences`: where the result is another than the plan."""

    id: UUID = Field(description="The replay.")
    state: ReplayState = Field(
        description="What it is doing. `stale`: the world moved since the plan; see `detail`."
    )
    mode: Mode = Field(description="How events are applied.")
    filter: dict[str, JsonValue] = Field(description="Which events, as it was asked.")
    target: list[str] = Field(description="The consumers that it sends to.")
    rate: int = Field(description="Events a second to each target.")
    reason: str = Field(description="Why, as it was asked.")
    actor: str = Field(description=f"Who planned it. {AUDIT_ACTOR}")
    plan: Outcome | None = Field(
        description="What would become of the events; null: it repairs a gap, without a plan."
    )
    waiting_for: list[str] = Field(description="Targets whose part of the plan is not known yet.")
    progress: ReplayProgress = Field(description="How far it is.")
    result: Outcome | None = Field(description="What became of the events; null: not started.")
    differences: list[str] = Field(description="Where the result is another than the plan, in English.")
    detail: str | None = Field(description="Why it is stale, in English; null: it is not.")
    created_at: datetime = Field(description="When it was asked for.")
    planned_at: datetime | None = Field(description="When its plan was complete; null: it is not.")
    started_at: datetime | None = Field(description="When it was started; null: it was not.")
    ended_at: datetime | None = Field(description="When it was over; null: it is not.")
