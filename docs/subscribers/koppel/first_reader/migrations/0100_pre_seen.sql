create table seen (
    event_id text primary key,
    stream_key text not null,
    version bigint not null,
    type text not null,
    value jsonb not null
);
