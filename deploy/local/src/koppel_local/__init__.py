"""Koppel's embedded runtime: PostgreSQL, Kafka, sandbox and services without Docker."""
