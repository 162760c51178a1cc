"""Tokens for calls to the local stack. `issuer`: its key, its name, and tokens of it."""
