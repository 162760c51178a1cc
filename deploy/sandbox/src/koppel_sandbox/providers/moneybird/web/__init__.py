"""Moneybird's pages, token calls and API."""
