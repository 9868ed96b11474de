"""The best settings of this machine for a model, found by measuring."""
