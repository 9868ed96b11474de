"""Text from outside and for people: JSON, TOML, what is printed, tables of a notebook."""
