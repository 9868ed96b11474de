"""What the control groups of this process allow it, as containers and systemd set them."""
