"""What happened at the sandbox's companies, told once: every provider tells it in its own shape."""
