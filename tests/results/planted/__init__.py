"""Submission trees made from scratch, and faults to plant in them."""
