"""koppel: the operators' command line."""
