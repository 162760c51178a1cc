"""Consuming: at least once from Kafka, effects once per consumer and event, order per stream.

`subscriptions`: topics and the handlers of their events; `projections`: what a rebuild does with the tables that they fill.
`feed`: which topics in which group, and who applies them; `kafka/`: the member of the group that reads them.
`decode`: bytes to a decoded record; `decision`: apply, hold or skip it, from its stream's position; `positions`: where each stream is.
`processor`: a batch in one transaction: positions, effects, what is set aside. `attempt`: one event under a savepoint;
`refused`: events passed without effect, counted; `changes`: rows and events that handlers wrote, counted.
`parked/`: events that wait, and what is done about them; `stored_text`: keys and ids as PostgreSQL can index them;
`consumed_ids`: how long ids are kept; `tracing`: links from a batch, and from what is done late, to the spans of events.

A handler comes in two shapes, both running inside the batch's transaction:

    async def on_imported(event: ReceivedEvent[AdministrationImported], connection: Connection) -> None: ...
    async def on_changed(events: Sequence[ReceivedEvent[RecordChanged]], connection: Connection) -> None: ...

The first is called event by event (`Subscriptions.on`), the second with a run of consecutive events of one
type (`Subscriptions.on_run`), for set-based effects. Neither commits, neither calls anything remote.
"""

from koppel.platform.consumer.feed import Feed, live
from koppel.platform.consumer.kafka.consumer import Consumer
from koppel.platform.consumer.projections import Projection, RebuildPolicy
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions

__all__ = ["Consumer", "Feed", "Projection", "RebuildPolicy", "ReceivedEvent", "Subscriptions", "live"]
