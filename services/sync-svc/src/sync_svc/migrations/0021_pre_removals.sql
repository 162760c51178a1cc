-- What packages that tell more than a list need: a feed of removals has a watermark of its own an administration, a list
-- of versions is compared with the one before, a record of parts is put together from rows of its own, and what a feed
-- touched elsewhere is noted until it is read again. None of it is anything that a process of the release before knows.

-- Up to where a feed of removals was read, and when by the package's clock: left alone for longer than the feed
-- remembers, what it told in between is lost.
create table removal_feed (
    administration_id uuid        not null,
    feed              text        not null,
    organisation_id   uuid        not null,
    watermark_kind    text,
    watermark_value   text,
    read_at           timestamptz not null,
    primary key (administration_id, feed)
);

alter table removal_feed enable row level security;
alter table removal_feed force row level security;
create policy tenant on removal_feed using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- The version with which an item was fetched last.
create table listed_version (
    administration_id uuid not null,
    listing           text not null,
    external_id       text not null,
    organisation_id   uuid not null,
    version           text not null,
    primary key (administration_id, listing, external_id)
);

alter table listed_version enable row level security;
alter table listed_version force row level security;
create policy tenant on listed_version using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- The parts (lines) that records are put together from.
create table record_part (
    administration_id uuid  not null,
    listing           text  not null,
    part_id           text  not null,
    organisation_id   uuid  not null,
    record_id         text  not null,
    digest            bytea not null,
    raw               json  not null,
    primary key (administration_id, listing, part_id)
);

create index record_part_record on record_part (administration_id, listing, record_id);
alter table record_part alter raw set storage external;

alter table record_part enable row level security;
alter table record_part force row level security;
create policy tenant on record_part using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- Records whose parts changed, until they are put together: also over the end of a run that failed in between.
create table unfinished_record (
    administration_id uuid not null,
    listing           text not null,
    record_id         text not null,
    organisation_id   uuid not null,
    primary key (administration_id, listing, record_id)
);

alter table unfinished_record enable row level security;
alter table unfinished_record force row level security;
create policy tenant on unfinished_record using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- Items of a listing without a feed that another listing's feed touched: to be read again by their ids.
create table item_to_reread (
    administration_id uuid not null,
    listing           text not null,
    external_id       text not null,
    organisation_id   uuid not null,
    primary key (administration_id, listing, external_id)
);

alter table item_to_reread enable row level security;
alter table item_to_reread force row level security;
create policy tenant on item_to_reread using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
