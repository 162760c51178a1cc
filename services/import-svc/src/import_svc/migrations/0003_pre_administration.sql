-- The companies whose books the organisation imported.

create table administration (
    id                uuid        primary key,
    organisation_id   uuid        not null,
    connection_id     uuid        not null references connection,
    grant_id          uuid        not null,
    provider          text        not null,
    external_id       text        not null,
    name              text        not null,
    state             text        not null check (state in ('active', 'removed')),
    kvk_number        text        check (kvk_number ~ '^[0-9]{8}$'),
    no_kvk_reason     text        check (no_kvk_reason in ('no_company', 'test_or_demo')),
    sbi_version       text,
    sector_code       text,
    import_session_id uuid        not null references import_session,
    imported_by       text        not null,
    imported_at       timestamptz not null,
    removed_at        timestamptz,
    constraint administration_number_or_reason check (kvk_number is null or no_kvk_reason is null),
    constraint administration_number_or_sector check (kvk_number is not null or sector_code is not null),
    constraint administration_sector_of_version check ((sbi_version is null) = (sector_code is null))
);

-- The same company cannot be imported twice in one organisation, also not by two confirms at once.
create unique index administration_company on administration (organisation_id, provider, external_id)
    where state <> 'removed';
create index administration_list on administration (organisation_id, id);
create index administration_connection on administration (connection_id) where state <> 'removed';

alter table administration enable row level security;
alter table administration force row level security;
create policy tenant on administration using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
