-- Where this schema's data was when it was last known to be whole: the cluster and its timeline. A restore brings the
-- row back as it was then, which is how it shows. `number` rises with every restore that somebody acknowledged.
create table epoch (
    one               boolean     primary key default true check (one),
    number            int         not null default 1,
    system_identifier text        not null,
    timeline          bigint      not null,
    since             timestamptz not null default now()
);

insert into epoch (system_identifier, timeline)
select system_identifier::text, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
from pg_control_system();
