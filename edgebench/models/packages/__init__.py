"""Packages of models that can be pulled, and what is here of them."""
