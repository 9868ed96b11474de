"""A run from its request to its finished directory."""
