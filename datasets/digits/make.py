"""Make the `digits` dataset from the UCI optical recognition of handwritten digits.

    python datasets/digits/make.py --train build/digits/train.npz

writes the training set where `--train` says; with --packaged also eval.npz and calibration.npz,
which ship, next to this file. The images are the 1797 of the UCI test file, as scikit-learn bundles
them (extra [train]): 8 x 8 pixels, 0 to 16. Their writers are not recorded, so the split is by a
fixed shuffle within each class and one writer's digits may be on both sides.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

SEED = 20261124
EVAL_PER_CLASS = 60
CALIBRATION = 200


def split() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the training and of the evaluation images."""
    labels = load_digits().target
    rng = np.random.default_rng(SEED)
    by_class = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    evaluation = np.stack([indices[:EVAL_PER_CLASS] for indices in by_class], axis=1).ravel()
    training = rng.permutation(np.concatenate([i[EVAL_PER_CLASS:] for i in by_class]))
    return training, evaluation


def main() -> None:
    """Make the training set, and what ships where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="where the training set goes")
    parser.add_argument(
        "--packaged", action="store_true", help="make the parts that ship, next to this file, again"
    )
    asked = parser.parse_args()
    here = Path(__file__).parent
    digits = load_digits()
    training, evaluation = split()
    for path, indices in (
        (here / "eval.npz", evaluation),
        (here / "calibration.npz", training[:CALIBRATION]),
        (asked.train, training),
    ):
        if path != asked.train and not asked.packaged:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        images = digits.images[indices].astype(np.uint8)[..., None]
        np.savez_compressed(path, inputs=images, labels=digits.target[indices].astype(np.uint8))
        print(f"{path}: {len(indices)} samples, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
