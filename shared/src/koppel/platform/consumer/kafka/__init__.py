"""The Kafka side of consuming: batches in, explicit offsets out after the database transaction.

`consumer`: one member of a group, its policy and its loop; `membership`: its name, and how it lets partitions go; `leaving`: how it ends.
`client`: aiokafka's consumer, with what it does wrong when reading fails put right.
`partition_groups`: which partitions of a batch are applied concurrently.
`health`: readiness and lag; `events_in_hand`: how far behind it is, in seconds; `groups`: how far any group is, as the broker tells.
"""
