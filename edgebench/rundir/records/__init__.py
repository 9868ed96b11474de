"""The records that run.json is made of."""
