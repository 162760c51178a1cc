"""What the use cases of every service need from outside. Pure: `koppel.platform` implements it.

`transaction`: a transaction with its event log and audit trail, and who opens one. `caller`: who asks.
`access_token`: what connection-svc issues. `budget`: calls to providers, drawn before they are made.
"""
