"""Plain SQL, forward only."""
