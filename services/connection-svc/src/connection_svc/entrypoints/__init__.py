"""Where calls come in: HTTP and periodic jobs."""
