"""A first run of a model in a child process, where it can't end this one."""
