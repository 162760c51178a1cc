-- What comes next for one target. An event whose day was dropped from the log has no id.
select picked.position, picked.topic, picked.first, picked.last, picked.upto, picked.whole,
       log.event_id, log.key, log.version, log.type, log.organisation_id, log.occurred_at, log.correlation_id,
       log.causation_id, log.traceparent, log.payload
from replay_event picked
left join event_log log on log.seq = picked.seq and log.logged_on = picked.logged_on
where picked.replay_id = $1 and picked.position > $2 and picked.topic = any($3::text[])
order by picked.position limit $4
