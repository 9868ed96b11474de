"""A whole submission to MLPerf Tiny without hardware."""
