"""Providers (accounting packages) behind one port: log in, discover administrations, read records page by page."""
