"""Limits of this process's control groups, as containers and systemd set them."""
