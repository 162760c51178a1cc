"""The public HTTP calls, one file per resource."""
