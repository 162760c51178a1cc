"""What `koppel parked` does."""
