-- The oldest pointers behind the cursor with their events. Run on a connection whose plan is pinned to an
-- index nested loop: the planner's statistics of a queue are always wrong, and a hash join reads the whole log.
select pending.seq, pending.logged_on, log.event_id, log.topic, log.key, log.version, log.type, log.organisation_id,
       log.occurred_at, log.correlation_id, log.causation_id, log.traceparent, log.payload
from outbox_pending pending
join event_log log on log.seq = pending.seq and log.logged_on = pending.logged_on
where pending.seq > $1 and pending.shard = any($2::smallint[])
order by pending.seq
limit $3
