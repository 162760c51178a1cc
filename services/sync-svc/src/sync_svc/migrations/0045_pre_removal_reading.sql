-- How far a run is in a feed of removals that it reads by turns: where to go on, up to where its pages came, when it began by
-- the provider's clock. `mark` is a continuation of before, moved at pages 1, 2, 4, 8 …: pages that go round meet it.
create table removal_reading (
    run_id          uuid        not null references sync_run on delete cascade,
    feed            text        not null,
    organisation_id uuid        not null,
    continuation    text        not null,
    pages           int         not null,
    mark            text,
    high_kind       text,
    high_value      text,
    read_at         timestamptz not null,
    primary key (run_id, feed)
);

alter table removal_reading enable row level security;
alter table removal_reading force row level security;
create policy tenant on removal_reading using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
