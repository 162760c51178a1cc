"""Koppel connection service."""
