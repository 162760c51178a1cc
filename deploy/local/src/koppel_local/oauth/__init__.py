"""Tokens for calls to the local stack. `issuer`: its issuer; `signing`: the key, and signed tokens."""
