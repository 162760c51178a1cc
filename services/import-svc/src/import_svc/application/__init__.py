"""Use cases of import-svc, one coroutine each, and the ports they need."""
