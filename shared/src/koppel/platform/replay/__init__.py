"""Replaying what this service's log holds to consumers' lanes: planned by a rehearsal, run at a rate, stoppable.

The owner's side; what a consumer does with its lane is `koppel.platform.replay.target`.
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
