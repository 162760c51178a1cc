"""A replay: logged events are sent again to consumers, planned by a dry run, at a rate, stoppable. What it is and decides.

`filter`: what may be asked for; `resolve_targets`: who gets it; `freeze` and `snapshot`: what is sent, fixed at the plan.
`states`: what may follow what; `lifecycle`: the acts that do it, and where its outcome is computed; `model`: its rows, progress and counts;
`differences`: where the run was not as planned.
`reports`: what targets say about it; `gap_repair`: a replay that a consumer's missing versions start.
`sender/`: the owner's side, records to replay topics. `target/`: the consumer's side, dry run and run.
`listen` subscribes a service to what consumers say.
"""

from koppel.contracts.replay import GapFound, ReplayReported
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.replay.gap_repair import GapRepair
from koppel.platform.replay.lifecycle import Replays
from koppel.platform.replay.reports import Reports
from koppel.platform.replay.sender.producer import ReplayProducer
from koppel.platform.replay.sender.runner import ReplayRunner
from koppel.platform.replay.sender.topics import ReplayTopics
from koppel.platform.replay.snapshot import Snapshots, State

__all__ = ["ReplayProducer", "ReplayRunner", "ReplayTopics", "Replays", "Snapshots", "State", "listen"]


def listen(subscriptions: Subscriptions, replays: Replays) -> None:
    """Hear what consumers say about replays and gaps."""
    subscriptions.on(ReplayReported, Reports(replays))
    subscriptions.on(GapFound, GapRepair(replays))
