"""Meters without hardware: one waveform whose energy is known, behind meters' real protocols."""
