"""Analyzers behind SPEC's PTDaemon."""
