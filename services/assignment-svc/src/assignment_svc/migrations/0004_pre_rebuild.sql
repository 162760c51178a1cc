-- A rebuild looks for an administration's rows in whatever organisation they lie.
create index administration_id on administration (id);
create index assignment_administration on assignment (administration_id);
create index assignment_plan_item_administration on assignment_plan_item (administration_id);
