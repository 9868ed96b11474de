"""Energy measured beside a run, and power sessions."""
