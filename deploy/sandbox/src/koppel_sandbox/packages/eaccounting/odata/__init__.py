"""Lists of the package's API: `query` ($filter and $orderby), `listing` (pages), `collection` (rows), `chunks` (their store)."""
