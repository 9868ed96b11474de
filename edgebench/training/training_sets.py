"""Training sets: made by the datasets' own makers, and kept for the next time."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from edgebench.datasets.card import load_dataset_card
from edgebench.errors import RuntimeMissing, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.registry import card_files

MAKER = "make.py"


def training_set(dataset: str, on_event: OnEvent = ignore) -> Path:
    """Return a dataset's training set from the cache; make it first where it is not there.

    It is made again when its maker has changed. Kept in ``$XDG_CACHE_HOME/edgebench/training``.

    Raises
    ------
    UsageError
        If the dataset has no maker.
    RuntimeMissing
        If the maker fails, as it does without the programs that it needs.
    """
    card = load_dataset_card(card_files("datasets")[dataset])
    maker = card.path.parent / MAKER
    if not maker.is_file():
        raise UsageError(
            f"{card.path.parent} has no {MAKER}: name a training set with `training_data`",
            field="training_data",
        )
    digest = sha256(maker.read_bytes()).hexdigest()[:12]
    folder = cache_folder("training")
    path = folder.path / f"{dataset}-{digest}.npz"
    if path.is_file():
        return path
    on_event(f"making the training set of {dataset}; it is kept in {folder.ready()}")
    with folder.disk_errors(), replacing(path, shared=True) as draft:
        _run(maker, draft)
    return path


def _run(maker: Path, out: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(maker), "--train", str(out)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise RuntimeMissing(
            f"{maker} failed: {why}. Makers need `pip install 'edgebench[train]'`, that of kws "
            "also Debian's espeak-ng"
        )
