"""A bench with no hardware: one waveform whose energy is known, behind meters' real protocols."""
