"""Koppel sync service."""
