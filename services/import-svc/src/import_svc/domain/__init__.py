"""States and rules of importing administrations. Pure: no clock, no I/O."""
