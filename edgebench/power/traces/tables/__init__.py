"""Tables as text: their delimiter and numbers, and what their columns mean."""
