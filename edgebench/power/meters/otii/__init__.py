"""Qoitech's Otii Arc and Ace."""
