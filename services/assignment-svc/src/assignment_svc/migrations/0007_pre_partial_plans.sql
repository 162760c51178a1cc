-- A plan may be applied to what still is as it was planned; the rest of its administrations say why they were left.
alter table assignment_plan add column partial boolean not null default false;
alter table assignment_plan_item add column conflict text;
