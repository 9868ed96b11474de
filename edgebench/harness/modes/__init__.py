"""Performance, accuracy, compliance and the search for the peak."""
