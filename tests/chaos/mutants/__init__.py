"""Seeded bugs; importing a module registers them."""
