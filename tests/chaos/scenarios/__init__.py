"""Deterministic interleavings; importing a module registers its scenarios."""
