"""Pack layers for a processor's fast kernels: one file per family of kernels."""
