"""The service's schema."""
