"""One coroutine a use case, and the ports they need."""
