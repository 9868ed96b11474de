"""Software that plays hardware: serial devices and power meters."""
