"""One-shot jobs of a set-up in containers: each may be run again at any time, and fails with one line.

`secrets` makes keys, tokens and password files (`secret_files`), `bootstrap` makes the database's roles and schemas
(`bootstrap`), `topics` the topics. `main` is the command line, `passwords` reads what the environment gives.
"""
