-- Each act of a person raises the session's version; a candidate keeps the versions that last changed what is stored of it.
alter table import_session add column version int not null default 0;
alter table candidate
    add column selection_version int not null default 0,
    add column profile_version   int not null default 0;
