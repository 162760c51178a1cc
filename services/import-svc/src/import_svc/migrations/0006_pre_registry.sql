-- What the trade register said of a number, and when. It is the same for all organisations, so it names none.

create table registry_entry (
    kvk_number text        primary key check (kvk_number ~ '^[0-9]{8}$'),
    -- Null: nobody has this number, or it was not told yet (`fetched_at`).
    name       text,
    active     boolean,
    activities jsonb       not null default '[]',
    fetched_at timestamptz,
    -- When to ask; null when nobody waits for it. `attempts` without an answer since then.
    due_at     timestamptz,
    attempts   int         not null default 0
);

create index registry_entry_due on registry_entry (due_at) where due_at is not null;
