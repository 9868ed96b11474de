"""Systems under test: what is loaded with samples and asked to infer.

Third parties add one by an entry point in the group ``edgebench.suts``: a function that takes
a `Model` and `RuntimeSettings` and returns a `SystemUnderTest`. The built-in ones use that door.
"""
