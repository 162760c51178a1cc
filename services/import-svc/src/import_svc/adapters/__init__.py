"""PostgreSQL, connection-svc and the accounting packages, behind the ports of the application."""
