"""Damage models at random and put each through the commands that open one.

Every command must end by itself: with a result, or with an error of edgebench's in one line. A
traceback, a signal or a hang is printed with the seed that makes it again; the exit code is then 1.

    python benchmarks/mutated_models.py --mutations 200
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.models.resolve import resolve_model
from tests.models.test_damaged import mutated

MODELS = (
    "kws-ds-cnn-w50-qat:int8",
    "digits-resnet8-w50-p25-qat:int8",
    "scene-mobilenet-w75:int8",
    "machine-autoencoder:int8",
    "rm1-edge:int4-tables",
    "kws-ds-cnn:float32",
    "kws-ds-cnn:int8",
    "digits-resnet8:float32",
    "digits-resnet8:int8",
    "scene-mobilenet:float32",
)
COMMANDS: Mapping[str, Sequence[str]] = {
    "show": ("show",),
    "size": ("size", "--board", "nrf52840-dk"),
    "quantize": ("quantize", "--recipe", "float16"),
    "profile": ("profile", "--rounds", "3"),
    "run": (
        *("run", "--scenario", "singlestream", "--mode", "performance"),
        *("--duration", "0.1", "--warmup", "0"),
    ),
}
TIMEOUT_S = 120
USUAL_ENDS = (0, 1, 2, 3)


def fault_of(words: Sequence[str], folder: Path) -> str:
    """Run a command; return what is wrong with how it ended, or nothing."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "edgebench", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end in {TIMEOUT_S} s"
    if done.returncode not in USUAL_ENDS:
        return f"exit code {done.returncode}"
    if "Traceback" in done.stderr:
        return done.stderr.strip().splitlines()[-1]
    return ""


def main() -> int:
    """Print how many commands ended well, and every one that did not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutations", type=int, default=200, help="of each model")
    parser.add_argument("--models", nargs="*", default=MODELS)
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS), choices=list(COMMANDS))
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    ends: Counter[str] = Counter()
    with TemporaryDirectory(prefix="edgebench-mutated-") as folder:
        path = Path(folder) / "mutated.tflite"
        for name in asked.models:
            content = resolve_model(name).content
            for seed in range(asked.first_seed, asked.first_seed + asked.mutations):
                path.write_bytes(mutated(content, random.Random(f"{name}, {seed}")))
                for command in asked.commands:
                    verb, *options = COMMANDS[command]
                    fault = fault_of((verb, str(path), *options), Path(folder))
                    ends["faults" if fault else "ended well"] += 1
                    if fault:
                        print(f"{name}, seed {seed}, {command}: {fault}", flush=True)
    print(f"{ends['ended well']:,} of {ends.total():,} commands ended well")
    return 1 if ends["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
