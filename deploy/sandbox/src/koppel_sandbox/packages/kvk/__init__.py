"""The Dutch trade register (KvK): it knows the companies of all packages, and the published test numbers."""
