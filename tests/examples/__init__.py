"""The events that documents show: captured from the demo's own run, and what it does not meet told on from it."""
