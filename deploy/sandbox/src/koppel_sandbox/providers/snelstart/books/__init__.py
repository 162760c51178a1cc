"""The story of a company in SnelStart's shapes."""
