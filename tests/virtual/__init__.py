"""What plays hardware, against what others drive it with."""
