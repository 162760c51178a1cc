"""The contract gate: nobody can publish what an earlier reader, or a registered consumer, cannot read."""
