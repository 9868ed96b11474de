"""Jetson boards: which of their rails are the whole, and what NVIDIA's tegrastats says."""
