"""SQL migrations of import-svc, applied by the schema's owner."""
