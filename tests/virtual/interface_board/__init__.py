"""MLPerf Tiny's interface board without hardware."""
