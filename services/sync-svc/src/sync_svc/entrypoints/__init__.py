"""Ways into sync-svc: HTTP, events, jobs."""
