"""The provider's login: `login` (a person's way through the pages), `grants` (codes and tokens), `signing` (its key)."""
