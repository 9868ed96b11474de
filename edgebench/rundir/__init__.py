"""The run directory: where measuring and reading meet. Its layout is owned here alone.

docs/run-directory.md describes it, docs/run.schema.json is run.json's schema.
"""
