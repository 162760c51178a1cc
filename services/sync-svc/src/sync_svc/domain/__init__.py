"""States and rules of synchronisation. Pure: no clock, no I/O."""
