"""Instruments that speak SCPI."""
