"""None: the platform alone."""
