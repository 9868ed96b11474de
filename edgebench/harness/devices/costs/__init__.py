"""The cost of a model on a board: cycles and time by layer, measured or estimated."""
