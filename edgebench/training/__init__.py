"""Training of the zoo's models; needs the ``[train]`` extra (TensorFlow)."""
