"""Organisations and their people: what the services know, and what was made here.

`services`: the calls; `directory`: both sources as one.
"""
