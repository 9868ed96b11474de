"""Compare results side by side, and runs against runs."""
