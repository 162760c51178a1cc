"""Everything that does I/O for a service. Each folder says in its `__init__` what happens in it and in which file.

`service`, `command_line`, `settings`, `console`: what a service is made of, its commands, its environment, what a command says; `runner/` runs it.
`database`, `database_url`, `migrations/`, `unit_of_work`, `audit`, `retention`: PostgreSQL, transactions, and how long rows are kept.
`kafka/`: how clients get into Kafka. `outbox/`, `consumer/`, `replay/`, `restore/`, `operations/`: events out, in, again, after a restore, and operators' routes; `kinds`: what ids can be; `aiokafka_internals`: what aiokafka does not promise.
`leases`, `leased_worker`: long work that is rows. `budget/`: calls that providers allow. `vault`, `key_encryption`, `access_tokens`: tokens kept, wrapped, asked for.
`http/`, `identity/`, `telemetry/`, `health`: calls, callers, what is seen, readiness.
"""
