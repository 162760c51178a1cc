"""Use cases of sync-svc and the ports they need."""
