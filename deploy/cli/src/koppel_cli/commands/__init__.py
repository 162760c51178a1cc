"""The command groups of `koppel`, one module each."""
