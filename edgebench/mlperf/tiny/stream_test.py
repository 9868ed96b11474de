"""Read MLPerf Tiny's definitions of streaming tests: a recording, and where its words are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path

from edgebench.errors import DatasetInvalid
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.text.json_text import JsonDamaged, json_text, parse_json
from edgebench.text.printable import excerpt
from edgebench.text.typed_json import TypedJsonError, structure

LEAST_RATE_HZ, MOST_RATE_HZ = 1_000, 384_000
LONGEST_S = 24 * 3600.0


@dataclass(frozen=True)
class StreamTest:
    """A streaming test, as the official runner's files have it.

    Attributes
    ----------
    wav_file
        The recording's name in the folder of the definition, and on the interface board's card.
    sample_rate
        In Hz.
    length_sec
        How long the recording is.
    detection_windows
        When each word begins and ends, in seconds from the recording's beginning.
    """

    wav_file: str
    sample_rate: int
    length_sec: float
    detection_windows: tuple[tuple[float, ...], ...]

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what can't be: a field's name, and what is wrong with it."""
        if not _is_name(self.wav_file):
            yield "wav_file", f"must be a file's name, not {excerpt(self.wav_file)!r}"
        if not LEAST_RATE_HZ <= self.sample_rate <= MOST_RATE_HZ:
            yield "sample_rate", f"must be in Hz, such as 16000, not {self.sample_rate}"
        if not 0 < self.length_sec <= LONGEST_S:
            yield "length_sec", f"must be seconds above 0, at most a day, not {self.length_sec:g}"
        yield from self._faults_of_windows()

    def _faults_of_windows(self) -> Iterator[tuple[str, str]]:
        before = 0.0
        for number, window in enumerate(self.detection_windows):
            name = f"detection_windows[{number}]"
            if len(window) != 2 or not all(map(isfinite, window)):
                yield name, f"must be [begin, end] of a word, not {list(window)}"
                return
            begin, end = window
            if not 0 <= begin < end:
                yield name, f"must begin at 0 or later and end after that, not {list(window)}"
            elif end > self.length_sec:
                yield (
                    name,
                    f"ends at {end:g}, after the recording's {self.length_sec:g} s; its times are "
                    "seconds",
                )
            elif begin < before:
                yield name, f"begins at {begin:g} s, before the one above it has ended"
            before = end


def _is_name(text: str) -> bool:
    """Return whether a file of a folder can have that name; printable text can be encoded, too."""
    is_one = text.isprintable() and bool(text.strip()) and text not in (".", "..")
    return is_one and Path(text).name == text


def read_stream_tests(path: Path) -> tuple[StreamTest, ...]:
    """Read a file of definitions: a list with one per recording. Other keys are ignored.

    Raises
    ------
    DatasetInvalid
        If it can't be read, or something in it can't be; the message has the key.
    """
    try:
        require_plain_file(path)
        listed = parse_json(path.read_bytes(), constants=False)
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {refusal(error)}") from error
    except JsonDamaged as error:
        raise DatasetInvalid(f"{path}: not JSON: {error}") from error
    if not isinstance(listed, list) or not listed:
        raise DatasetInvalid(f"{path}: must be a list of streaming tests with one at least")
    return tuple(_test(each, f"{path}, test {number}") for number, each in enumerate(listed, 1))


def write_stream_tests(path: Path, tests: Sequence[StreamTest]) -> None:
    """Write a file of definitions; its folder is there."""
    path.write_text(json_text([asdict(each) for each in tests]) + "\n", encoding="utf-8")


def _test(values: object, where: str) -> StreamTest:
    if isinstance(values, dict):
        known = {field.name for field in fields(StreamTest)}
        values = {name: value for name, value in values.items() if name in known}
    try:
        test = structure(StreamTest, values)
    except TypedJsonError as error:
        raise DatasetInvalid(f"{where}: {error}") from error
    for name, what in test.faults():
        raise DatasetInvalid(f"{where}: `{name}` {what}")
    return test
