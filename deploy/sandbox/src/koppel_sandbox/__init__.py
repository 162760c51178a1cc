"""Stand-ins for Koppel's providers (accounting packages, the trade register), side by side in one process."""
