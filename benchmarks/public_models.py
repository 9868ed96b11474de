"""How many models of a folder compile for a microcontroller, and whether each is exact.

Each .tflite is compiled for this machine and run on random inputs, and compared with
tflite-micro's and, where it is installed (`make test` has an environment for it), tflite-runtime's
reference kernels. A line a model; the exit code is 1 where a model that compiles is not exact.
Of a model that is refused for an op behind most of its work, the part before that is compiled.
Where the two differ, tflite-micro's numbers are the right ones.

    PYTHONPATH=. .tflite-runtime/bin/python benchmarks/public_models.py FOLDER
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edgebench.errors import EdgebenchError
from edgebench.firmware.reading.network import why_not_compiled
from edgebench.models.prefix import until_op
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Tensor
from tests.firmware.compiled import RunAll, all_by_reference, all_by_tflm, all_compiled

TIMEOUT_S = 900
COMPILES, EXACT, DIFFERS = "compiles", "exact", "DIFFERS"
PART = "the part before it"
UNTIL = re.compile("until='([^']*)'")
ORACLES: dict[str, Callable[[Model], RunAll]] = {
    "tflite-micro": all_by_tflm,
    "tflite-runtime": all_by_reference,
}


def inputs_of(model: Model, count: int) -> list[tuple[np.ndarray, ...]]:
    """Return random inputs, and the two ends of the types."""
    rng = np.random.default_rng(1)
    each = [_values_of(source, count, rng) for source in model.facts.inputs]
    shortest = min(map(len, each))
    return list(zip(*(values[-shortest:] for values in each), strict=True))


def _values_of(source: Tensor, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    shape = source.shape
    if source.dtype.kind == "f":
        return [rng.uniform(-1, 1, shape).astype(source.dtype) for _ in range(count)]
    limits = np.iinfo(source.dtype.name)
    ends = [np.full(shape, end, source.dtype) for end in (limits.min, limits.max)]
    drawn = [
        rng.integers(limits.min, limits.max, shape, endpoint=True).astype(source.dtype)
        for _ in range(count)
    ]
    return ends + drawn


def exactness(model: Model, count: int) -> str:
    """Return what each oracle says of a model that compiles."""
    said = []
    with TemporaryDirectory(prefix="edgebench-public-") as folder:
        ours = all_compiled(model, Path(folder), flags=())
        inputs = inputs_of(model, count)
        answers = [ours(*values) for values in inputs]
        for name, oracle in ORACLES.items():
            try:
                run = oracle(model)
                theirs = [run(*values) for values in inputs]
            except (RuntimeError, ValueError, EdgebenchError) as error:
                said.append(f"{name} can't run it ({str(error).splitlines()[0][:60]})")
                continue
            pairs = zip(answers, theirs, strict=True)
            wrong = sum(not _are_equal(a, b) for a, b in pairs)
            is_followed = not any(EXACT in each for each in said)
            if not wrong:
                said.append(f"{EXACT} by {name} ({len(inputs)} inputs)")
            elif is_followed:
                said.append(f"{DIFFERS} from {name} in {wrong} of {len(inputs)}")
            else:
                said.append(f"{name} gives something else for {wrong} of {len(inputs)}")
    return "; ".join(said)


def _are_equal(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return all(np.array_equal(a.ravel(), b.ravel()) for a, b in zip(ours, theirs, strict=True))


def line_of(path: Path, count: int) -> str:
    """Return what is to be said of one file."""
    try:
        model = resolve_model(str(path))
        why_not = why_not_compiled(model)
    except EdgebenchError as error:
        return f"no: {error}"
    if why_not:
        return f"no: {why_not}{part_before(model, why_not, count)}"
    return compiled_line(model, count)


def part_before(model: Model, why_not: str, count: int) -> str:
    """Return what is to be said of the part of a model that its refusal names, if it names one."""
    found = UNTIL.search(why_not)
    return f"; {PART} {compiled_line(until_op(model, found[1]), count)}" if found else ""


def compiled_line(model: Model, count: int) -> str:
    """Return what is to be said of a model that compiles."""
    try:
        return f"{COMPILES}: {exactness(model, count)}"
    except EdgebenchError as error:
        return f"{COMPILES}: {DIFFERS}: its C does not build: {error}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inputs", type=int, default=8, help="random ones, for each model")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        print(line_of(asked.only, asked.inputs))
        return 0
    ends: Counter[str] = Counter()
    for path in sorted(asked.folder.glob("*.tflite")):
        # A reference may abort the process: each file has one of its own.
        words = [sys.executable, __file__, str(asked.folder), "--inputs", str(asked.inputs)]
        try:
            done = subprocess.run(
                [*words, "--only", str(path)],
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
            said = done.stdout.strip() or f"{DIFFERS}: exit code {done.returncode}"
        except subprocess.TimeoutExpired:
            said = f"{DIFFERS}: no end in {TIMEOUT_S} s"
        print(f"{path.stem}  {said}", flush=True)
        ends["all"] += 1
        ends[COMPILES] += said.startswith(COMPILES)
        ends[EXACT] += said.startswith(COMPILES) and EXACT in said and DIFFERS not in said
        ends[DIFFERS] += DIFFERS in said
        _, _, of_part = said.partition(f"; {PART} {COMPILES}: ")
        ends[PART] += EXACT in of_part and DIFFERS not in of_part
    print(
        f"{ends[COMPILES]} of {ends['all']} compile, {ends[EXACT]} of these are exact; of "
        f"{ends[PART]} more the part before an op compiles and is exact"
    )
    return 1 if ends[DIFFERS] else 0


if __name__ == "__main__":
    sys.exit(main())
