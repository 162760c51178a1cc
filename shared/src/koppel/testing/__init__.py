"""Helpers for tests of Koppel and of services built on it: fresh databases, conditions with a deadline."""
