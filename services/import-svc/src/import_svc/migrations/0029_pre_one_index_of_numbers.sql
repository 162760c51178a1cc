-- administration_twins begins with the same columns.
drop index if exists administration_number;
