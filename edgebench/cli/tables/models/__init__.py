"""Tables of models: what they are, cost and become."""
