"""Time to quality: how long training takes until a model is good enough (1910.01500)."""
