"""What the use cases of every service need from outside, as protocols. Pure: `koppel.platform` implements them.

`transaction` is all there is: a transaction with its event log and audit trail, and who opens one.
"""
