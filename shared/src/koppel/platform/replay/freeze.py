"""Freezes what a replay will send, in one statement over the log: memory stays constant, a restart sends the same."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from uuid import UUID

from koppel.contracts.replay import Mode
from koppel.contracts.topics import RECORD
from koppel.platform.database import Connection
from koppel.platform.replay.filter import ReplayFilter

_FREEZE = files(__package__).joinpath("freeze.sql").read_text(encoding="utf-8")
_COLUMNS = "log.topic, log.key, log.version, log.seq, log.logged_on"
# By stream the index leads; otherwise the log is read once.
_RANGES = (
    "unnest({0}::text[], {1}::text[], {2}::bigint[], {3}::bigint[]) as asked (topic, key, low, high) "
    "join event_log log on log.topic = asked.topic and log.key = asked.key "
    "and log.version between asked.low and asked.high"
)
_WHOLE = """
    with chosen as (select log.topic, log.key, min(log.version) as low from {source} group by log.topic, log.key)
    select {columns} from chosen
    join event_log log on log.topic = chosen.topic and log.key = chosen.key and log.version >= chosen.low
"""
_ALL = 2**63 - 1

Given = Callable[[object], str]


async def freeze(
    connection: Connection, replay_id: UUID, asked: ReplayFilter, topics: Sequence[str], mode: Mode
) -> None:
    """Store the pick of a repair or a rebuild. A rebuild's streams go on to their newest logged version."""
    arguments: list[object] = [replay_id]

    def given(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    found = f"{_source(asked, given)} where {' and '.join(_conditions(asked, topics, given))}"
    if mode == "rebuild":
        picked = _WHOLE.format(source=found, columns=_COLUMNS)
    else:
        # Ranges may overlap.
        distinct = "distinct " if asked.streams else ""
        picked = f"select {distinct}{_COLUMNS} from {found}"
    await connection.execute(_FREEZE.replace("{picked}", picked), *arguments)


def _source(asked: ReplayFilter, given: Given) -> str:
    if not asked.streams:
        return "event_log log"
    return _RANGES.format(
        given([stream.topic for stream in asked.streams]),
        given([stream.key for stream in asked.streams]),
        given([stream.from_version or 1 for stream in asked.streams]),
        given([stream.to_version or _ALL for stream in asked.streams]),
    )


def _conditions(asked: ReplayFilter, topics: Sequence[str], given: Given) -> list[str]:
    conditions = [f"log.topic = any({given(list(topics))}::text[])"]
    if asked.organisation_id is not None:
        conditions.append(f"log.organisation_id = {given(asked.organisation_id)}")
    if asked.administration_ids:
        # A record's key is `administration/resource/external id`; the other keys are the id itself.
        keys = given([str(each) for each in asked.administration_ids])
        own = f"log.key = any({keys}::text[])"
        if RECORD.name in topics:
            own = f"split_part(log.key, '/', 1) = any({keys}::text[])"
        conditions.append(own)
    if asked.types:
        conditions.append(f"log.type = any({given(asked.types)}::text[])")
    if asked.from_ is not None:
        conditions.append(f"log.occurred_at >= {given(asked.from_)}")
    if asked.to is not None:
        conditions.append(f"log.occurred_at < {given(asked.to)}")
    return conditions
