"""Sends a replay: the frozen events go to the targets' replay topics at the set rate, and can be stopped.

`runner`: the leased worker that finds replays with work. `sending`: one phase to one target, chunk by chunk.
`flow_control`: how far the sender may be ahead of what a target reports. `standstill`: how long a replay has not moved.
`producer`: records to Kafka, acknowledged; `topics`: replay topics, created when first needed.
"""
