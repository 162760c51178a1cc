"""The story of a company in Moneybird's shapes."""
