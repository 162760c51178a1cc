create index concurrently if not exists administration_grant on administration (grant_id) where state <> 'removed';
