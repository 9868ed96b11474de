"""Our own checks of an MLPerf Tiny tree."""
