"""A feed: the topics that a consumer reads, its group, and the function that applies batches."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, RawRecord, decode_batch
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database


@dataclass(frozen=True, slots=True)
class Feed:
    """`read` never raises; `apply` returns once the batch is dealt with durably, and raises what the processor raises.

    `group` is the Kafka group and the name in metrics.
    """

    group: str
    topics: tuple[str, ...]
    read: Callable[[Sequence[RawRecord]], list[DecodedRecord]]
    apply: Callable[[Sequence[DecodedRecord]], Awaitable[None]]


def live(database: Database, subscriptions: Subscriptions, policy: RetryPolicy | None = None) -> Feed:
    """The topics of the subscriptions, as they are published."""
    return Feed(
        group=subscriptions.name,
        topics=tuple(topic.name for topic in subscriptions.topics),
        read=partial(decode_batch, subscriptions=subscriptions),
        apply=Processor(database, subscriptions, policy or RetryPolicy()).apply,
    )
