-- What comes seldom is looked at once now: its sweep is reckoned when it is due, and until then it would not be swept.
update sync_policy set next_due_at = now() where next_sweep_at is null and next_due_at > now() + interval '7 days';
