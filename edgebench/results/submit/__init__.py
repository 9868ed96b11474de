"""From run directories to the folders that MLPerf's rounds take."""
