"""Inference runtimes: what a driver states, and which are installed; `edgebench.sut` runs them."""
