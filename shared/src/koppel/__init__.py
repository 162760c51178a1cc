"""Koppel's shared library: kernel, event contracts, platform and provider adapters."""
