"""Smaller siblings of a model: trained, compared, and those worth having."""
