-- Where a reading is, in the package's own terms: continuation, filter and watermark are opaque text, the latter two
-- with their kind. The columns before them stay, and are written where a package has an instant: a process of the
-- release before goes by them. It moves `next_page` alone, so a continuation counts only for the page it was stored
-- for; its pages are numbers, which is their continuation too.
alter table run_listing
    add column continuation      text,
    add column continuation_page int,
    add column since_kind        text,
    add column since_value       text,
    add column high_kind         text,
    add column high_value        text;

alter table sync_cursor
    add column watermark_kind  text,
    add column watermark_value text;
