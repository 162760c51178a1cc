"""Consuming: at least once from Kafka, effects once per consumer and event, order per stream.

A handler comes in two shapes, both running inside the batch's transaction:

    async def on_imported(event: Received[AdministrationImported], connection: Connection) -> None: ...
    async def on_changed(events: Sequence[Received[RecordChanged]], connection: Connection) -> None: ...

The first is called event by event (`Subscriptions.on`), the second with a run of consecutive events of one
type (`Subscriptions.on_run`), for set-based effects. Neither commits, neither calls anything remote.
"""

from koppel.platform.consumer.feed import Feed, live
from koppel.platform.consumer.kafka.consumer import Consumer
from koppel.platform.consumer.projections import Projection, Tables
from koppel.platform.consumer.subscriptions import Received, Subscriptions

__all__ = ["Consumer", "Feed", "Projection", "Received", "Subscriptions", "Tables", "live"]
