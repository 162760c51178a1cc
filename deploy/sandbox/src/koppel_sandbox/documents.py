"""JSON as the sandbox handles it."""

JsonObject = dict[str, object]
