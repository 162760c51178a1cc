-- What only the right key-encryption key opens: looked at before a process starts, made at the first start.

create table key_canary (
    one        boolean     primary key default true check (one),
    wrapped    bytea       not null,
    created_at timestamptz not null default now()
);
