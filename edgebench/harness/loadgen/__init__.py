"""LoadGen's tests: settings, the timed path, and what is recorded of them."""
