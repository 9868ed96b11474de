"""One self-contained page about runs: what the figures are, and whether to believe them."""
