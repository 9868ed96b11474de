"""One row per run: what it recorded, with a verdict over all of it."""
