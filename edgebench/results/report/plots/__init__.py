"""Plots of the page, by subject. Each says in words what it shows: not everybody sees it."""
