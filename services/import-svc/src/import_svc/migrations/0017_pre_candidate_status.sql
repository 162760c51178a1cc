-- What the package says of the company: only an active one with books can be imported.
alter table candidate
    add column status text not null default 'active' check (status in ('active', 'archived', 'suspended', 'blocked')),
    add column kind   text not null default 'books' check (kind in ('books', 'practice', 'dossier'));
