"""Koppel import service."""
