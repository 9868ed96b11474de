"""LoadGen's logs and configuration."""
