-- Until when a login lives that could not be renewed in time, as connection-svc told it, and until when to act.
alter table connection_grant add column dies_at timestamptz, add column act_by timestamptz;
