-- Whether another listing than $2 lacked something from the reading of $2 before run $3 on. A listing's first strike may lie before
-- the run comes to the listing that shows that the provider's lists are cut.
with run as (
    select run_id from sync_run where administration_id = $1 and run_id <= $3
), reading as (
    select run_id from run join run_listing using (run_id)
    where listing = $2 and run_id < $3 and state = 'done' and coalesce(since_kind, 'whole') in ('whole', 'versions')
    order by run_id desc limit 1
)
select exists (
    select from run join run_listing using (run_id)
    where listing <> $2 and failure ->> 'code' in ('too_many_vanished', 'listing_incomplete')
      and run_id >= coalesce((select run_id from reading), $3)
)
