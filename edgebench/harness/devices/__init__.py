"""Runs on serial devices, with MLPerf Tiny's procedures."""
