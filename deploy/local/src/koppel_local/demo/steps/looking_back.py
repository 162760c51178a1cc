"""The causal timeline of one administration."""

from collections.abc import Sequence

from koppel_cli.events.story import Moment
from koppel_local.demo.api import Json
from koppel_local.demo.causes import check_causes, check_streams, of_administration, story
from koppel_local.demo.failure import require
from koppel_local.demo.stage import Stage, step
from koppel_local.demo.steps.importing import Administration
from koppel_local.demo.timeline import Seen, read_events

_WITHIN = 30.0
_ENDS = {"SyncCompleted", "SyncFailed", "SyncCancelled", "SyncAbandoned"}


@step(
    "The events of one administration, from connection to last record",
    expects="every stream whole and in order, no event before its cause",
)
def look_back(
    stage: Stage, connection_id: str, administration: Administration, runs: Sequence[Json]
) -> list[Moment]:
    awaited = {run["id"] for run in runs}
    deleted = sum(each["deleted"] for run in runs for each in run["resources"])

    def complete(events: Sequence[Seen]) -> bool:
        """The topics are read side by side: an effect may be seen before its cause, a run's end before its records."""
        ids = {event.envelope.id for event in events}
        causes = {str(event.envelope.causation_id) for event in events if event.envelope.causation_id}
        ended = {event.data["run_id"] for event in events if event.name in _ENDS}
        gone = sum(event.name == "RecordDeleted" for event in events)
        changed = sum(event.name == "RecordChanged" for event in events)
        return causes <= ids and awaited <= ended and gone >= deleted and changed >= _changed(events, awaited)

    events = read_events(
        stage.kafka, stage.organisation.organisation_id, since=stage.began, complete=complete, within=_WITHIN
    )
    own = of_administration(events, administration.id, connection_id)
    streams, named = check_streams(own), check_causes(own)
    names = {event.name for event in own}
    for wanted in ("ConnectionCreated", "AdministrationImported", "AdministrationAssigned", "RecordDeleted"):
        require(wanted in names, f"an event {wanted}", sorted(names))
    stage.note(f"{len(own)} events in {streams} streams, {named} name the event that caused them")
    return story(own)


def _changed(events: Sequence[Seen], awaited: set[str]) -> int:
    """How many records the runs say they changed."""
    return sum(
        each["changed"]
        for event in events
        if event.name in _ENDS and event.data["run_id"] in awaited
        for each in event.data["resources"]
    )
