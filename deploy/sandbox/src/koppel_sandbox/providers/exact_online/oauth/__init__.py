"""Logins, chains of tokens, and the pages of a login."""
