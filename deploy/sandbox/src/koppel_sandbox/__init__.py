"""Koppel's stand-in accounting package in eAccounting's shape."""
