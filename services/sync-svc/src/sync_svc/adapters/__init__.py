"""What sync-svc leans on: PostgreSQL, connection-svc, the providers."""
