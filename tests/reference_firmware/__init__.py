"""MLCommons' own protocol code for MLPerf Tiny, unchanged, as a device on this machine."""
