"""PostgreSQL, connection-svc and the providers, behind the ports of the application."""
