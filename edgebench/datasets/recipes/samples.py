"""Read MLPerf Tiny's y_labels.csv, whose files are still to be made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.datasets.loaders.untrusted import small_text
from edgebench.errors import DatasetInvalid


@dataclass(frozen=True)
class ListedSample:
    """A line of a y_labels.csv: the file that is to be made, and its class."""

    file: str
    label: int

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return Path(self.file).stem


def listed_samples(path: Path) -> tuple[ListedSample, ...]:
    """Read a list of samples.

    Raises
    ------
    DatasetInvalid
        If a line is not ``file,classes,label`` with more fields or without.
    """
    found = []
    for number, line in enumerate(small_text(path, path.parent).splitlines(), start=1):
        fields = [each.strip() for each in line.split(",")]
        if not line.strip():
            continue
        if len(fields) < 3 or not fields[2].isdecimal() or Path(fields[0]).name != fields[0]:
            raise DatasetInvalid(f"{path}, line {number}: not `file,classes,label`")
        found.append(ListedSample(fields[0], int(fields[2])))
    return tuple(found)
