"""The package as a Python user meets it."""
