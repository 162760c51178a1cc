-- The same of a snapshot.
select picked.position, picked.topic, picked.first, picked.last, picked.upto, picked.whole,
       state.event_id, state.key, state.version, state.type, state.organisation_id, state.occurred_at,
       null::uuid as correlation_id, null::uuid as causation_id, null::text as traceparent, state.payload
from replay_event picked
join replay_snapshot state using (replay_id, position)
where picked.replay_id = $1 and picked.position > $2 and picked.topic = any($3::text[])
order by picked.position limit $4
