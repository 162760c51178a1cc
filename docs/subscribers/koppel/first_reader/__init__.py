"""A subscriber built on Koppel's own platform: `python -m first_reader`."""
