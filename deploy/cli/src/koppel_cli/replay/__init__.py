"""What `koppel replay` does."""
