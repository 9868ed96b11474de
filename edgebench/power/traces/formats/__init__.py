"""The file formats that can be read, one module each: whatever has a `FORMAT` is one."""
