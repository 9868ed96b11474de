"""Driving a system under test through MLPerf's scenarios, into a run directory."""
