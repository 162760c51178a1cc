create index concurrently if not exists connection_grant_waiting on connection_grant (organisation_id)
    where state = 'reauthorization_required';
