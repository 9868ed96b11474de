"""Many boards as one: a plan's runs on places of a labgrid farm, on ports, and over SSH."""
