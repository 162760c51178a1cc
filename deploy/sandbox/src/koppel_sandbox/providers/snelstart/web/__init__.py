"""SnelStart's activation page, token call and API."""
