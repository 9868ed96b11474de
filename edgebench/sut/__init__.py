"""Systems under test: what is loaded with samples and asked to infer.

Each is an entry point in the group ``edgebench.suts``, the built-in ones as those of third
parties: a function that takes a `Model` and `RuntimeSettings` and returns a `SystemUnderTest`.
"""
