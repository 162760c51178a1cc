-- How often everything is read whole. `sweep` null: weekly, and never where the package tells deletions.
-- `next_sweep_at` null: reckoned when the policy is due next.
alter table sync_policy add column sweep text, add column next_sweep_at timestamptz;
