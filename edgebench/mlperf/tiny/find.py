"""Find MLPerf Tiny's results below a folder: trees of all rounds, and sessions of runners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.rounds import latest_round
from edgebench.mlperf.tiny.files import RESULTS_JSON
from edgebench.mlperf.tiny.tree import BENCHMARKS, DIVISIONS, EEMBC_FILES, EEMBC_MARK, ROUNDS

MODE_FOLDERS = frozenset({"performance", "accuracy", "energy", "streaming", "power", "enegy"})
"""The last two stand in published trees."""
LONG_NAMES = {
    "anomaly_detection": "ad",
    "image_classification": "ic",
    "keyword_spotting": "kws",
    "visual_wake_words": "vww",
    "streaming_wakeword_detection": "sww",
}
"""Benchmarks' folders that the checkers of v1.0 and later map to the short names."""
_RESULTS = re.compile(r"(?i)(?:\w+_)?results\.txt")
_LOG = re.compile(r"(?i)(?:\w+_)?log\.txt")
EEMBC_SCRIPT = EEMBC_FILES[-1]
_SESSION = re.compile(r"\d{8}_?\d{6}")
_NOT_RESULTS = ("code", "systems", "compliance")


@dataclass(frozen=True)
class TinyPlace:
    """Where a benchmark lies in a tree; empty as far as it lies in none.

    ``home`` is the submitter's folder; None where it lies in no tree.
    """

    home: Path | None = None
    division: str = ""
    submitter: str = ""
    system: str = ""
    benchmark: str = ""


def result_files(folder: Path) -> list[Path]:
    """Return the files of a benchmark's folder that state results, in a fixed order.

    A results.txt of any name in the folder itself or in folders of modes; where a mode has none (as
    in v0.5), its log.

    Raises
    ------
    LogInvalid
        If a folder can't be read.
    """
    homes = [folder] if any(map(_states, _files(folder))) else []
    homes += [each for each in sorted(folder.rglob("*")) if each.is_dir() and _is_mode(each)]
    found = []
    for home in homes:
        files = _files(home)
        found += [each for each in files if _RESULTS.fullmatch(each.name)] or [
            each for each in files if _LOG.fullmatch(each.name)
        ]
    return found


def tiny_folders(root: Path) -> list[Path]:
    """Return the folders of benchmarks and of sessions at or below a folder, sorted."""
    found = set()
    for path in _texts(root):
        home = benchmark_home(path.parent, root)
        # The log of a session or a mode counts; any other log.txt is somebody's own.
        is_known = _RESULTS.fullmatch(path.name) or home != path.parent
        if is_known or _SESSION.fullmatch(home.name):
            found.add(home)
    return sorted(found)


def benchmark_home(folder: Path, root: Path) -> Path:
    """Return the folder of the benchmark that a folder of a mode belongs to, within ``root``."""
    while _is_mode(folder) and folder != root:
        folder = folder.parent
    return folder


def place_of(folder: Path) -> TinyPlace:
    """Return where a benchmark's folder lies: ``DIVISION/ORG/results/SYSTEM/BENCHMARK``.

    Folders between the system and the benchmark, and variants below it, are part of the system's
    name. Anybody may call a folder ``results``: it is a tree's where a division lies above.
    """
    resolved = folder.resolve()
    results = next((each for each in (resolved, *resolved.parents) if _is_trees(each)), None)
    if results is None:
        return TinyPlace(system=resolved.parent.name, benchmark=benchmark_named(resolved.name))
    below = resolved.relative_to(results).parts
    benchmark = next(filter(None, map(benchmark_named, below[::-1])), "")
    system = "/".join(each for each in below if not benchmark_named(each))
    home = results.parent
    return TinyPlace(home, home.parent.name, home.name, system, benchmark)


def _is_trees(folder: Path) -> bool:
    return folder.name == "results" and folder.parent.parent.name in DIVISIONS


def round_named(root: Path) -> str:
    """Return the round that a tree is of, as far as its files tell: the newest that it may be.

    Before v1.3 all results were of EEMBC's runner and no file said so.
    """
    below = "*/*/results/*/*"
    if any(root.glob(f"{below}/*/{RESULTS_JSON}")) or any(root.glob(f"{below}/{EEMBC_MARK}")):
        return latest_round(ROUNDS)
    if not any(root.glob(f"{below}/*/{EEMBC_SCRIPT}")):
        return latest_round(ROUNDS)
    marked = [name for name, rules in ROUNDS.items() if not rules.marks_eembc]
    has_long = any(each.name in LONG_NAMES for each in root.glob(below))
    return [name for name in marked if ROUNDS[name].long_names == has_long][-1]


def benchmark_named(name: str) -> str:
    """Return the benchmark that a folder's name stands for; empty if it stands for none."""
    return name if name in BENCHMARKS else LONG_NAMES.get(name, "")


def _is_mode(folder: Path) -> bool:
    return folder.name.lower() in MODE_FOLDERS


def _states(path: Path) -> bool:
    return bool(_RESULTS.fullmatch(path.name) or _LOG.fullmatch(path.name))


def _files(folder: Path) -> list[Path]:
    try:
        there = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise LogInvalid(f"{folder}: can't be read: {error.strerror}") from error
    return [each for each in there if each.is_file() and not each.name.startswith(".")]


def _texts(root: Path) -> Iterator[Path]:
    for path in root.rglob("*.txt"):
        inner = path.relative_to(root).parts
        if not _states(path) or any(part.startswith(".") for part in inner):
            continue
        if "results" in inner or not set(_NOT_RESULTS) & set(inner):
            yield path
