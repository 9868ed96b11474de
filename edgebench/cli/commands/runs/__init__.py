"""Commands that measure here or read what was measured."""
