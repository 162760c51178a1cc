"""A PostgreSQL server of our own.

`server`: started, stopped, its data. `databases`: the database, and a schema with a pair of roles for each service.
`scram`: passwords as the server keeps them, so that none travels.
`unprivileged`: the server refuses to run as root, so another account runs it then.
"""
