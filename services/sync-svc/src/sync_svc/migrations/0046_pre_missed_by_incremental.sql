-- What a whole reading finds changed although its change stamp lay before what increments had read: `known` is up to where
-- they had come. `overlap_seconds` is how much earlier than its watermark an increment asks, once such were found.
alter table run_listing
    add column known_kind text,
    add column known_value text,
    add column missed int not null default 0;

alter table sync_cursor add column overlap_seconds int not null default 0;
