"""The HTTP resources of import-svc."""
