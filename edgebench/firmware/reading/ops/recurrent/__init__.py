"""Ops with a state that the next inference finds: recurrent layers, resource variables."""
