"""The consumer's side of a replay: its events come by the consumer's lane, and leave their effects once."""

from koppel.platform.consumer.lane.inbox import LaneInbox, lane_feed
from koppel.platform.consumer.lane.watch import LaneWatch

__all__ = ["LaneInbox", "LaneWatch", "lane_feed"]
