"""Remove dead channels, and place activations and scratch memory in one arena."""
