"""Pure building blocks every layer may use: errors, ids, clock, retry policy. No I/O."""
