"""Koppel assignment service."""
