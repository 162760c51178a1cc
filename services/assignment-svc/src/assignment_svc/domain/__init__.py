"""Rules of assigning administrations. Pure: no clock, no I/O."""
