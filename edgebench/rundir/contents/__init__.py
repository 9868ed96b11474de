"""The other files of a run directory, each with its reader."""
