"""Lists of the provider's API: `query` ($filter and $orderby), `listing` (pages)."""
