-- How much earlier than its watermark a listing is asked for from now on, where this run's reading raised that.
alter table run_listing add column overlap_seconds int;
