"""What Exact answers over HTTP."""
