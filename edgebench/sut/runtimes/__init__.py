"""The runtimes that come with edgebench, one file each; found by their entry points."""
