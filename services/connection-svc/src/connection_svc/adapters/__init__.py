"""Implementations of the ports: PostgreSQL, providers, vault, leases."""
