"""Tables of ports, places of a farm, and meters."""
