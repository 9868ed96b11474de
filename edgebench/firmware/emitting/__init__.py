"""Write a planned network as C source."""
