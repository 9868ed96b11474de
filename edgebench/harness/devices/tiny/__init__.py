"""MLPerf Tiny's procedures on a serial device."""
