"""`koppel import-sessions`: sessions and their candidates."""
