"""Results from run directories, bare logs and published tables."""
