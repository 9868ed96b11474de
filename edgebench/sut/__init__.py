"""Systems under test: what is loaded with samples and asked to infer.

A runtime is a `RuntimeDriver` (`edgebench.runtimes.contract`), found through an entry point in the
group ``edgebench.suts``, also of another package; ours are in `edgebench.sut.runtimes`.
"""
