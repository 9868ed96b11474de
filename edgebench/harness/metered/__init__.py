"""Energy measured during a run, and power sessions."""
