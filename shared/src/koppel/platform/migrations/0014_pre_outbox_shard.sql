-- Which relay shard an event of a stream belongs to: the one place that says so. Short enough to be inlined by the planner.
create function outbox_shard(topic text, key text) returns smallint
language sql immutable parallel safe
return abs(hashtext(topic || '/' || key) % 16)::smallint;
