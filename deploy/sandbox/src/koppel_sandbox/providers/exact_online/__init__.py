"""Exact Online, REST API v1: one login covers many divisions, in several countries."""
