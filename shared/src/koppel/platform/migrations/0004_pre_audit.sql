-- One row for every act that changed state, written in the transaction of the act. Append-only for the app.

create table audit_entry (
    id              uuid        primary key,
    organisation_id uuid,
    actor           text        not null,
    action          text        not null,
    target          text        not null,
    reason          text,
    correlation_id  uuid,
    at              timestamptz not null default now()
);

create index audit_entry_organisation on audit_entry (organisation_id, at);

alter table audit_entry enable row level security;
alter table audit_entry force row level security;
create policy tenant on audit_entry using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

do $$ begin
    execute format('revoke update, delete, truncate on audit_entry from %I', current_schema() || '_app');
end $$;
