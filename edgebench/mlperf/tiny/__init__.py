"""MLPerf Tiny's files."""
