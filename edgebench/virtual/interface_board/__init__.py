"""MLPerf Tiny's interface board without hardware: STM32H573I-DK with MLCommons' firmware.

The board sits between the host and the device under test: it passes commands on, plays recordings
to the device, and notes when the device's pins change. Source: mlcommons/tiny,
benchmark/interface (commands, texts, limits) and benchmark/runner (what its host expects).
"""
