"""The processes that serve a target each, and what is said between them and the scheduler."""
