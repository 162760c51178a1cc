-- A continuation that was asked before, to notice over many turns that a listing's pages go round: moved on at every
-- page whose number is a power of two, so a circle of any length meets it.
alter table run_listing add column mark text;
