create index concurrently if not exists sync_policy_missed on sync_policy (administration_id) where missed;
