"""Plain SQL migrations of the schema `sync`."""
