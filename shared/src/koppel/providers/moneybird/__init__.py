"""Moneybird behind the port."""
