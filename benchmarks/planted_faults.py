"""Whether `edgebench check` and the official checkers agree on planted faults.

Two trees are made, one of MLPerf Inference with power and one of MLPerf Tiny, both of which pass.
Each fault of `tests/results/planted` is planted in a copy, and both checkers look at it. What only
one of them refuses is listed; what is not expected there ends with 1. The official checkers run
from checkouts of mlcommons/inference and mlcommons/tiny, by an interpreter that has pandas and
PyYAML. It takes five minutes:

    python benchmarks/planted_faults.py --inference ../inference --tiny ../tiny --python python3
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edgebench.results.check.tree import Checked, check_tree
from tests.results.planted.all_faults import ALL_INFERENCE_FAULTS, ALL_TINY_FAULTS
from tests.results.planted.faults import Fault
from tests.results.planted.trees import (
    INFERENCE_VERSION,
    TINY_VERSION,
    inference_tree,
    tiny_tree,
)


def ours(checked: Checked) -> bool:
    """Return whether our check refuses a tree."""
    return any(each.severity == "error" for each in checked.findings)


def compare(
    make: Callable[[Path], Path],
    faults: Mapping[str, Fault],
    version: str,
    checkout: Path,
    python: Path,
) -> int:
    """Try every fault; print what the checkers disagree on, and return what was not expected."""
    unexpected = agreed = 0
    with TemporaryDirectory(prefix="edgebench-planted-") as folder:
        sound = make(Path(folder) / "sound")
        checked = check_tree(sound, version, checkout, python)
        if ours(checked) or checked.official is None or not checked.official.passed:
            print(f"{version}: the tree without a fault does not pass: {checked.findings}")
            return 1
        for name, fault in faults.items():
            tree = Path(folder) / "tree"
            shutil.copytree(sound, tree, symlinks=True)
            fault.harm(tree)
            checked = check_tree(tree, version, checkout, python)
            shutil.rmtree(tree)
            refused = checked.official is not None and not checked.official.passed
            agreed += ours(checked) and refused
            if not ours(checked) or not refused:
                who = "only ours" if ours(checked) else "only the official" if refused else "none"
                print(f"{version} {name}: {who} refuses it")
            if not ours(checked) or refused != fault.official:
                unexpected += 1
                print(f"{version} {name}: NOT EXPECTED: {checked.official}")
    print(f"{version}: {len(faults)} faults, {agreed} refused by both, {unexpected} not expected")
    return unexpected


def main() -> int:
    """Compare on both trees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inference", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--tiny", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    asked = parser.parse_args()
    unexpected = compare(
        *(inference_tree, ALL_INFERENCE_FAULTS, INFERENCE_VERSION), asked.inference, asked.python
    )
    unexpected += compare(*(tiny_tree, ALL_TINY_FAULTS, TINY_VERSION), asked.tiny, asked.python)
    return int(bool(unexpected))


if __name__ == "__main__":
    sys.exit(main())
