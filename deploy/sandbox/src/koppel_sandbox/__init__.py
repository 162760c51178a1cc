"""Stand-in accounting packages for Koppel, side by side in one process."""
