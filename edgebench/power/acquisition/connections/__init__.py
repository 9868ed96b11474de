"""Ways to reach a meter: a serial port, a socket, the web, the kernel's files."""
