"""Stand-ins for meters: each speaks its meter's own protocol, or is its files."""
