-- Ownership of long work (a discovery, a sync run, a token refresh) by one process at a time.
-- The fence rises with every take-over; writes of a former owner are refused by it.

create sequence lease_fence;

create table lease (
    kind       text        not null,
    subject    uuid        not null,
    owner      text        not null,
    fence      bigint      not null,
    expires_at timestamptz not null,
    takeovers  int         not null default 0,
    primary key (kind, subject)
);
