"""Writing files: whole or not at all, under a lock, in the user's folders, within limits."""
