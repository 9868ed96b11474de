"""Place activations and scratch memory in one arena."""
