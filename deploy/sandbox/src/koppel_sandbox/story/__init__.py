"""What happened at the sandbox's companies, told once: every package tells it in its own shape."""
