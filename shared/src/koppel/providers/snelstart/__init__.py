"""SnelStart behind the port."""
