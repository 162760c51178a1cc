"""Everything that does I/O for a service: database, event log and relay, consumer, leases, HTTP, telemetry."""
