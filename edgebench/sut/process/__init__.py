"""Instances in processes of their own."""
