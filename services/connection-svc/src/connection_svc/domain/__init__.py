"""States, rules and values of connections; pure, no clock, no I/O."""
