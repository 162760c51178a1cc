"""Logging in to Moneybird, and what a login gives away."""
