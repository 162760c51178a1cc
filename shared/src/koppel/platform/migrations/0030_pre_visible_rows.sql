-- The same rows as before. Of `setting in ('system', organisation::text)` the planner believed that hardly a row is visible,
-- where a statement that names its organisation sees each: it read and sorted all of an organisation's for a page of them.
-- Of a case it expects half.
create or replace function koppel_visible(organisation uuid) returns boolean
    language sql stable parallel safe
    return case when organisation::text = current_setting('koppel.organisation', true) then true
                else current_setting('koppel.organisation', true) = 'system' end;
