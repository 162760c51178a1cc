"""A service without tables of its own, for tests of the platform."""
