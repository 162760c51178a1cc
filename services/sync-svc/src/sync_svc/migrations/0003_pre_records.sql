-- The synchronised objects. A row is written only when its object changed: `revision` is the version of the
-- record's event stream, `missed` counts complete listings in a row that lacked it. `json`, not `jsonb`:
-- nothing here searches inside, and text is cheaper to store and to send. Bodies are kept
-- uncompressed and large ones outside the row: compressing them took a quarter of the time of storing a page, and
-- rows with their bodies inside make looking for what changed read five times as many pages.

create table record (
    organisation_id   uuid        not null,
    administration_id uuid        not null,
    changed_at        timestamptz not null,
    revision          bigint      not null,
    missed            smallint    not null default 0,
    deleted           boolean     not null default false,
    resource          text        not null,
    listing           text        not null,
    external_id       text        not null,
    digest            bytea       not null,
    data              json        not null,
    raw               json        not null,
    primary key (administration_id, resource, external_id)
);

alter table record alter data set storage external, alter raw set storage external;

alter table record enable row level security;
alter table record force row level security;
create policy tenant on record using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- The ids that one reading of a listing saw, a row a page; kept only while the reading lasts, to find what is gone.
create table listing_page (
    run_id          uuid   not null,
    listing         text   not null,
    page            int    not null,
    organisation_id uuid   not null,
    external_ids    text[] not null,
    primary key (run_id, listing, page)
);

alter table listing_page enable row level security;
alter table listing_page force row level security;
create policy tenant on listing_page using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
