"""The story of a company in Exact's shapes."""
