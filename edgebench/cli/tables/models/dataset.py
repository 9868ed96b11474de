"""A dataset that was made, as text for people."""

from __future__ import annotations

from edgebench.cli.output import echo
from edgebench.datasets.making.make_dataset import MadeDataset

SHOWN_CLASSES = 20


def print_made_dataset(made: MadeDataset) -> None:
    """Print what a dataset holds, its classes with their counts, and notes."""
    shape = " x ".join(map(str, made.shape))
    values = f"values {made.low:.4g} to {made.high:.4g}"
    echo(f"{made.path}: {made.samples:,} samples of {shape}, {values}")
    for number, (name, count) in enumerate(zip(made.classes, made.counts, strict=True)):
        if number == SHOWN_CLASSES:
            echo(f"  and {len(made.classes) - SHOWN_CLASSES} more classes")
            break
        echo(f"  {number}  {name}  {count:,}")
    for note in made.notes:
        echo(f"note: {note}")
