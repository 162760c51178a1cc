-- The oldest pointers behind the cursor with their events: the pointers first, in order of their index, then each
-- one's row of the log. `offset 0` fences the log's side: no statistics make the planner begin with the log, which
-- it would read whole. Run on a connection with these plans' rivals switched off.
select pending.seq, pending.logged_on, log.event_id, log.topic, log.key, log.version, log.type, log.organisation_id,
       log.occurred_at, log.correlation_id, log.causation_id, log.traceparent, log.payload
from (
    select seq, logged_on from outbox_pending where seq > $1 and shard = any($2::smallint[]) order by seq limit $3
) pending
cross join lateral (
    select * from event_log where event_log.seq = pending.seq and event_log.logged_on = pending.logged_on offset 0
) log
order by pending.seq
