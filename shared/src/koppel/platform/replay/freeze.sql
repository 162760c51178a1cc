-- The pick in the order in which it is sent: stream by stream, versions rising.
with picked as (
    {picked}
)
insert into replay_event (replay_id, position, topic, seq, logged_on, first, last, upto, whole)
select $1, row_number() over (order by topic, key, version), topic, seq, logged_on,
       lag(version) over stream is null, lead(version) over stream is null,
       max(version) over (partition by topic, key),
       min(version) over (partition by topic, key) = 1
           and count(*) over (partition by topic, key) = max(version) over (partition by topic, key)
from picked
window stream as (partition by topic, key order by version)
