"""Other programs and children of ours: running them, ending them, what they print."""
