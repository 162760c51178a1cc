"""A company's books, the same in every provider: what the seed made (collection, chunks) and what was changed since (changes)."""
