"""Use cases, one coroutine each, inside an open transaction."""
