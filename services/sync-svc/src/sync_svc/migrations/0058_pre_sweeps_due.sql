-- An administration is due when its sweep is, too: until now a sweep waited for the schedule, for a month where that is monthly.
update sync_policy set next_due_at = greatest(next_sweep_at, now()) where next_sweep_at < next_due_at;
