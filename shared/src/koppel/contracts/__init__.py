"""The published language: event models by owner, topics, envelope, registry. Pure, no I/O."""
