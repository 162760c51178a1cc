"""The steps of the demonstration, in files by subject."""
