"""`koppel syncs` and `koppel runs`: asking, watching, listing."""
