"""Ways in: HTTP, events, jobs."""
