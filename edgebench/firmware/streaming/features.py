"""Define the streaming wake word features in integers: the firmware's C equals it bit by bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.log_mel import BANDS, HOP_SAMPLES, WINDOW_SAMPLES
from edgebench.firmware.streaming.tables import (
    LEAST,
    POWER_SHIFT,
    Q15,
    Q30,
    mel,
    sines,
    thresholds,
    window,
)

HALF = WINDOW_SAMPLES // 2
QUARTER = WINDOW_SAMPLES // 4
BLOCK_FRAMES = 512
"""Frames whose spectra are in memory at a time."""

Integers = NDArray[np.int64]


def features(audio: NDArray[np.int16], scale: float, zero_point: int) -> NDArray[np.int8]:
    """Return the features of audio as the firmware computes them, from silence on.

    A frame is made of each 512 new samples and the 512 before, as in
    `edgebench.datasets.log_mel.LogMelStream`.

    Parameters
    ----------
    audio
        Shape (samples,), 16 kHz.
    scale, zero_point
        The model's for its input.

    Returns
    -------
    Shape (samples // 512, 40).
    """
    found = energies(audio)
    reached = np.searchsorted(thresholds(scale, zero_point), found, side="right")
    return (reached + LEAST).astype(np.int8)


def energies(audio: NDArray[np.int16]) -> NDArray[np.uint64]:
    """Return the mel energies of each frame, in units of 2^-42; shape (samples // 512, 40)."""
    frames = audio.size // HOP_SAMPLES
    silence = np.zeros(WINDOW_SAMPLES - HOP_SAMPLES + 1, dtype=np.int64)
    signal = np.concatenate((silence, audio[: frames * HOP_SAMPLES].astype(np.int64)))
    emphasised = 32 * signal[1:] - 31 * signal[:-1]
    found = np.zeros((frames, BANDS), dtype=np.uint64)
    if frames:
        windows = np.lib.stride_tricks.sliding_window_view(emphasised, WINDOW_SAMPLES)
        for start in range(0, frames, BLOCK_FRAMES):
            block = windows[::HOP_SAMPLES][start : start + BLOCK_FRAMES]
            found[start : start + BLOCK_FRAMES] = _mel_energies(_powers(block))
    return found


def _powers(windows: Integers) -> NDArray[np.uint64]:
    """Return the powers of bins 0 to 511 in units of 2^-27, shape (frames, 512)."""
    both = np.concatenate((window(), window()[::-1])).astype(np.int64)
    windowed = _rounded(windows * both)
    real, imaginary = _spectrum(windowed[:, 0::2], windowed[:, 1::2])
    bins = np.arange(QUARTER + 1)
    mirrored = (HALF - bins) % HALF
    # The transforms of the even and of the odd samples, from that of both.
    even = (
        (real[:, bins] + real[:, mirrored]) >> 1,
        (imaginary[:, bins] - imaginary[:, mirrored]) >> 1,
    )
    odd = (
        (imaginary[:, bins] + imaginary[:, mirrored]) >> 1,
        (real[:, mirrored] - real[:, bins]) >> 1,
    )
    turned = _turned(odd[0], odd[1], bins)
    powers = np.zeros((len(windows), HALF), dtype=np.int64)
    powers[:, bins] = (even[0] + turned[0]) ** 2 + (even[1] + turned[1]) ** 2
    above = bins[1:]
    powers[:, HALF - above] = (even[0] - turned[0])[:, above] ** 2 + (even[1] - turned[1])[
        :, above
    ] ** 2
    return (powers >> POWER_SHIFT).astype(np.uint64)


def _spectrum(real: Integers, imaginary: Integers) -> tuple[Integers, Integers]:
    """Transform complex numbers, shape (frames, 512), by radix 2, decimated in time."""
    bits = HALF.bit_length() - 1
    order = np.array([int(f"{each:0{bits}b}"[::-1], 2) for each in range(HALF)])
    real, imaginary = real[:, order], imaginary[:, order]
    span = 1
    while span < HALF:
        shape = (len(real), HALF // (2 * span), 2, span)
        re, im = real.reshape(shape), imaginary.reshape(shape)
        turned = _turned(re[:, :, 1], im[:, :, 1], np.arange(span) * (HALF // span))
        real = np.stack((re[:, :, 0] + turned[0], re[:, :, 0] - turned[0]), 2)
        imaginary = np.stack((im[:, :, 0] + turned[1], im[:, :, 0] - turned[1]), 2)
        real, imaginary = real.reshape(-1, HALF), imaginary.reshape(-1, HALF)
        span *= 2
    return real, imaginary


def _turned(real: Integers, imaginary: Integers, angles: Integers) -> tuple[Integers, Integers]:
    """Return complex numbers turned back by angles of which `WINDOW_SAMPLES` are a circle."""
    cosines = sines()[angles + QUARTER].astype(np.int64)
    sine = sines()[angles].astype(np.int64)
    return (
        _rounded(real * cosines + imaginary * sine),
        _rounded(imaginary * cosines - real * sine),
    )


def _rounded(values: Integers) -> Integers:
    return (values + (1 << (Q30 - 1))) >> Q30


def _mel_energies(powers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    table = mel()
    upper = powers * table.rising.astype(np.uint64)
    lower = (powers << np.uint64(Q15)) - upper
    bands = np.zeros((len(powers), BANDS + 2), dtype=np.uint64)
    for bin_ in range(1, HALF):
        band = int(table.upper[bin_])
        bands[:, band] += lower[:, bin_]
        bands[:, band + 1] += upper[:, bin_]
    return bands[:, 1:-1]
