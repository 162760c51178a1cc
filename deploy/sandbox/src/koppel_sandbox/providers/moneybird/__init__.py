"""Moneybird's stand-in: a login covers many administrations, changes are told by id and version."""
