"""Repositories on PostgreSQL: SQL beside the function that runs it."""
