-- What the sweep looks for, among all rotations that ever were.

create index concurrently if not exists token_rotation_open on token_rotation (swept_at nulls first)
    where state in ('intended', 'answered');
