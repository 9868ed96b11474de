"""The machine that edgebench runs on: what it is, and what state it is in."""
