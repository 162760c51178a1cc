"""The Dutch trade register (KvK): it knows the companies of all providers, and the published test numbers."""
