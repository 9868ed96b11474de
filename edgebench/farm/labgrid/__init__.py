"""labgrid: its places, reservations and power switches, through a helper in its own Python."""
