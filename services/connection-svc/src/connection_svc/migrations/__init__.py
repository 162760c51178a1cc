"""Schema of connection-svc, forward only."""
