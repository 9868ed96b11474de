"""Build programs, images and projects from a network's C and the firmware's own."""
