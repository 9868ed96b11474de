"""Power sensors that the kernel reads."""
