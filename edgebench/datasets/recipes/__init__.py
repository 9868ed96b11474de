"""MLPerf Tiny's evaluation data, made from files that the user has."""
