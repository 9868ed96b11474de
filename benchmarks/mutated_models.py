"""Damage models at random and put each through the commands that open one.

Every command must end by itself: with a result, or with an error of edgebench's in one line. A
traceback, a signal, a hang, or exported C that does not compile is printed with the seed that makes
it again; the exit code is then 1. Commands run in forks of a process that has imported all.

    python benchmarks/mutated_models.py --mutations 200
    python benchmarks/mutated_models.py --models model.onnx --commands show profile run
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.models.resolve import resolve_model
from tests.cli.forked import fork_server
from tests.models.tflite.test_damaged import mutated

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
PROJECT = "project"
COMMANDS: Mapping[str, Sequence[str]] = {
    "show": ("show",),
    "size": ("size", "--board", "nrf52840-dk"),
    "quantize": ("quantize", "--recipe", "float16"),
    "deploy": ("deploy", "--export", "make", "--out", PROJECT),
    "profile": ("profile", "--rounds", "3"),
    "run": (
        *("run", "--scenario", "singlestream", "--mode", "performance"),
        *("--duration", "0.05", "--warmup", "0"),
    ),
}
LIMIT_S = 120.0
DONE, FAILED, ASKED_WRONGLY, INVALID = 0, 1, 2, 3


def fault_of(command: str, model: Path) -> str:
    """Run a command in the model's folder; return what is wrong with its end, or nothing."""
    verb, *options = COMMANDS[command]
    words = (verb, str(model), *options)
    try:
        ended = fork_server().run(
            *("edgebench", words, os.environ),
            folder=model.parent,
            limit_s=LIMIT_S,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return f"no end in {LIMIT_S:g} s"
    code, said = ended.returncode, ended.stdout + ended.stderr
    if "Traceback" in said:
        return said[said.index("Traceback") :].strip()
    if code not in (DONE, FAILED, ASKED_WRONGLY, INVALID):
        return f"exit code {code}: {said[-500:].strip()}"
    if code in (FAILED, ASKED_WRONGLY) and said.count("edgebench: ") != 1:
        return f"no error in one line: {said[-500:].strip()}"
    if command == "deploy" and code == DONE:
        return _compiled(model.parent / PROJECT)
    return ""


def _compiled(project: Path) -> str:
    """Compile an exported project; return what the compiler said against it."""
    sources = [str(each.relative_to(project)) for each in project.rglob("*.c")]
    folders = {f"-I{each.parent.relative_to(project)}" for each in project.rglob("*.h")}
    check = ["cc", "-std=c99", "-fsyntax-only", *sorted(folders), *sources]
    done = subprocess.run(check, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode or not sources:
        return f"the exported C does not compile: {done.stderr[:500]}"
    return ""


def main() -> int:
    """Print how many commands ended well, and every one that did not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutations", type=int, default=200, help="of each model")
    parser.add_argument("--models", nargs="*", default=MODELS)
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS), choices=list(COMMANDS))
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    faults = 0
    ends: Counter[str] = Counter()
    started = time.monotonic()
    with TemporaryDirectory(prefix="edgebench-mutated-") as place:
        os.environ["XDG_CACHE_HOME"] = str(Path(place) / "cache")
        models = {name: resolve_model(name) for name in asked.models}
        for name, model in models.items():
            for seed in range(asked.first_seed, asked.first_seed + asked.mutations):
                with TemporaryDirectory(dir=place) as folder:
                    path = Path(folder) / f"mutated{model.format}"
                    path.write_bytes(mutated(model.content, random.Random(f"{name}, {seed}")))
                    for command in asked.commands:
                        fault = fault_of(command, path)
                        ends[command] += 1
                        faults += bool(fault)
                        if fault:
                            print(f"{name}, seed {seed}, {command}: {fault}", flush=True)
            print(f"{name}: {time.monotonic() - started:.0f} s so far", flush=True)
    damaged = len(models) * asked.mutations
    by_command = ", ".join(f"{command} {count:,}" for command, count in ends.items())
    print(f"{damaged:,} damaged models, {ends.total():,} commands ({by_command}): {faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
