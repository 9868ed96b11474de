"""MLPerf Power's logs and sessions."""
