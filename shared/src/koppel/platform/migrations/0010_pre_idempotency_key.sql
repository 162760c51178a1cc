-- Answers of creating requests, repeated for the same Idempotency-Key. The nil organisation is a service's.

create table idempotency_key (
    organisation_id uuid        not null,
    subject         text        not null,
    key             text        not null check (length(key) between 1 and 200),
    request_sha256  bytea       not null,
    status          smallint,
    answer          bytea,
    created_at      timestamptz not null default now(),
    primary key (organisation_id, subject, key)
);

create index idempotency_key_created on idempotency_key (created_at);

alter table idempotency_key enable row level security;
alter table idempotency_key force row level security;
create policy tenant on idempotency_key using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
