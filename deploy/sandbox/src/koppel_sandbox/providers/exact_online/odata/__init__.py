"""Lists as Exact gives them: filters, pages, envelopes."""
