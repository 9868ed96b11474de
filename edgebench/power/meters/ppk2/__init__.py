"""Nordic's Power Profiler Kit II."""
