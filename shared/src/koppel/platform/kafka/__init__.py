"""How clients get into Kafka: plaintext, or TLS and a login.

`access`: the value that all clients are made of, and their one set of options. `settings`: the variables that it is read from.
`certificates`: TLS by PEM files, read again when they change. `refusals`: why a client could not connect, in one line.
"""
