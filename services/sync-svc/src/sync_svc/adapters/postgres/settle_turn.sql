-- The run made $2 calls in all: what was charged beyond is given back, what it took more is charged. The lane first, as
-- whoever grants does. A run that was hastened meanwhile goes on in its better lane.
with settled as (
    update sync_run set calls = $2, charged = $2, lane = least(lane, hastened_to)
    where run_id = $1 and ((calls, charged) is distinct from ($2, $2) or hastened_to < lane)
    returning old.lane, organisation_id, new.charged - old.charged as calls
), lane as (
    update sync_lane set calls = sync_lane.calls + settled.calls
    from settled where sync_lane.lane = settled.lane and settled.calls <> 0
    returning sync_lane.lane
)
update sync_turn set spent = spent + settled.calls
from settled join lane using (lane)
where sync_turn.lane = settled.lane and sync_turn.organisation_id = settled.organisation_id
