"""Entry points: HTTP, events, jobs."""
