"""Reading run directories: tables now, comparisons and submissions built on them."""
