-- A schedule by preset or cron beside the interval. At most one of the two is set; with none, `interval_minutes` counts.
-- A process of the release before goes by `interval_minutes` alone.
alter table sync_policy
    add column preset text,
    add column cron text,
    add constraint sync_policy_one_schedule check (preset is null or cron is null);
