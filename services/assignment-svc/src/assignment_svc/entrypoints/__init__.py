"""How the world reaches the use cases: HTTP, events, jobs."""
