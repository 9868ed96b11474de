"""MLPerf's formats and rules; the only place that knows them."""
