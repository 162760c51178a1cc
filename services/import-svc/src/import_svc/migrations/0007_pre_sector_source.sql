-- Who told the sector: the package, the trade register or a person. Null where there is none, and of before this column.
alter table administration add column sector_source text check (sector_source in ('package', 'registry', 'person'));
