"""FNIRSI's USB testers."""
