"""Logging in: `profiles` are the logins kept on this machine, one an installation or person; `issuer` is what one logs in at.

`device` is the login itself; `session` the token of the profile in use, renewed when it ends.
"""
