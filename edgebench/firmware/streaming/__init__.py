"""Firmware that listens: fixed-point features of audio, and what its C is made of."""
