"""The consumer's side of a replay: its events come by the consumer's lane, and leave their effects once."""

from koppel.platform.replay.target.health import LaneWatch
from koppel.platform.replay.target.processor import LaneInbox, lane_feed

__all__ = ["LaneInbox", "LaneWatch", "lane_feed"]
