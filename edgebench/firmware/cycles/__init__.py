"""An estimate of a processor's cycles, from how often an emulator executed each block of code."""
