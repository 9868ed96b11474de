"""A serial port: which one, opening it, bytes out and events in, and their transcript."""
