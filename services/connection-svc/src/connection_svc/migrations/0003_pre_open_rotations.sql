-- Rotations that their owner left open are swept, each in turn.

alter table token_rotation add column swept_at timestamptz;
