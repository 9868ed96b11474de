"""From samples to the energy between two moments, and what samples leave open of it."""
