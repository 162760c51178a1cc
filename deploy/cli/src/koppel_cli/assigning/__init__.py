"""`koppel assignments`: as they are, and plans."""
