"""Repositories on PostgreSQL."""
