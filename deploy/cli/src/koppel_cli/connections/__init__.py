"""`koppel connections`: logging in at a package, and one connection in full."""
