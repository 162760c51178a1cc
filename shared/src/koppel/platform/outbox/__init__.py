"""The transactional outbox: events are appended in the transaction of their effects and published by a relay.

`append`: into the log, with the stream's next version (`newest`), and its line in the process log (`log_lines`).
`relay`: reads what is `pending`, packs it in `batches` and sends them (`producer`, `partitions`), in each stream's order.
`in_flight`: what was handed over until it is answered and marked, and the wait for that when a relay ends.
`sequence_check`: whether the rows read follow each other; `backoff`: streams that wait after a failed send; `stream`: one stream as it was logged.
`search`: events of the log by cause and by what they are about (`event_filter`); `kept`: since when it is whole.
`maintenance`: partitions of the log to come and to drop, and how far behind the relay is.
"""

from koppel.platform.outbox.append import EventLog, current_cause
from koppel.platform.outbox.newest import Newest, newest

__all__ = ["EventLog", "Newest", "current_cause", "newest"]
