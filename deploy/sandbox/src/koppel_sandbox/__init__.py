"""Stand-ins for Koppel's providers (accounting packages, the trade register), in one process."""
