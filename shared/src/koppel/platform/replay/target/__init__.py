"""The consumer's side of a replay: events come by the consumer's replay topic and leave their effects once.

`processor`: a batch in one transaction, as the live processor applies it; `decode`: records of the replay topic, with their mark.
`segment`: one stream's records, begun, applied and ended; `staleness`: why a segment is refused since its plan, or a stream moved meanwhile.
`dry_run`: the run inside a savepoint that is rolled back, for the plan. `streams`: how each stream stood, and where its segment is.
`verdicts`: what becomes of each event, and why. `progress`: last record applied and counts, in the transaction of the effects, reported to the owner.
`parked_copies`: a replayed event that is parked here is retried. `health`: the reader watched, reports sent, old rows forgotten.
"""

from koppel.platform.replay.target.health import ReplayHealth
from koppel.platform.replay.target.processor import ReplayProcessor, replay_feed

__all__ = ["ReplayHealth", "ReplayProcessor", "replay_feed"]
