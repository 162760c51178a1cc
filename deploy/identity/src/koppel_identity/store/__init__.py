"""What outlives a restart, in one SQLite file that its owner alone reads. Secrets are kept as their hashes.

`database`: the file; `attempts`: logins that were begun; `codes`: authorization codes; `devices`: device codes; `logins`: who
is logged in, and their refresh tokens; `organisations`: those that were made here, with their people.
"""
