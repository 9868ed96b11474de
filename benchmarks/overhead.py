"""What the harness adds: LoadGen's SingleStream median beside a bare loop's, in one run.

    .venv/bin/python benchmarks/overhead.py [--rounds 15] [--seconds 0.7] [MODEL ...]

For each model, in turn and several times over, in one process: a bare loop (copy the next
sample in, invoke, read the output) and a SingleStream test through all of edgebench, on the
same samples in the same order of indices; `litert-benchmark` on the same file beside them.
Then Offline: the samples per second of edgebench with N single-thread instances beside N bare
invoke loops run side by side in processes of their own. Each round has the bare loops before and
after, so that a processor's clock that wanders is in both; many short rounds tell more than few
long ones.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from ten_us import ten_us_model

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.host.state import cpu_times, others_share
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.interpreter.memory import Place, memory_at
from edgebench.sut.samples import encode_samples

MODELS = ("kws-ds-cnn", "digits-resnet8")


def data_of(model: Model) -> Dataset:
    """Return the model's own data, or random ones."""
    return load_dataset(model.card.dataset) if model.card else random_dataset(model.facts)


def bare_interpreter(model: Model) -> tuple[Any, memoryview, memoryview]:
    """Return an interpreter's invoke and the memory of its input and of its output."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model.content, num_threads=1)
    interpreter.allocate_tensors()

    def memory(tensor: dict[str, Any]) -> memoryview:
        view = interpreter.tensor(tensor["index"])()
        return memory_at(Place(view.__array_interface__["data"][0], view.nbytes))

    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    return interpreter.invoke, memory(source), memory(target)


def bare_p50_ns(model: Model, seconds: float) -> float:
    """Return the median of copy, invoke and read in a bare loop."""
    dataset = data_of(model)
    rows = encode_samples({i: dataset.sample(i) for i in range(dataset.count)}, model.facts.inputs)
    samples = [row[0] for row in rows.values()]
    invoke, source, target = bare_interpreter(model)
    result = memoryview(bytearray(len(target)))
    order = np.random.default_rng(1).integers(0, len(samples), 1 << 16).tolist()
    latencies = []
    end = now_ns() + int(seconds * 1e9)
    step, started = 0, 0
    while started < end:
        sample = samples[order[step & 0xFFFF]]
        started = now_ns()
        source[:] = sample
        invoke()
        result[:] = target
        latencies.append(now_ns() - started)
        step += 1
    return statistics.median(latencies)


def edgebench_p50_ns(model_name: str, seconds: float) -> float:
    """Return LoadGen's SingleStream median through all of edgebench."""
    request = RunRequest(
        model=model_name,
        scenarios=("singlestream",),
        modes=("performance",),
        duration_s=seconds,
        warmup_s=0.2,
    )
    with tempfile.TemporaryDirectory() as out:
        record = run_request(request, Path(out)).runs[0].record
    assert record.performance is not None
    return float(record.performance.latency_ns["p50"])


def litert_benchmark_us(model: Model, runs: int) -> str:
    """Return the median that LiteRT's own benchmark states (to 10 us), or why there is none."""
    program = shutil.which("litert-benchmark", path=str(Path(sys.executable).parent))
    if program is None:
        return "not here"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        done = subprocess.run(
            [
                program,
                "--model",
                str(model.path),
                "--num_threads",
                "1",
                "--num_runs",
                str(runs),
                "--warmup_runs",
                "100",
                "--result_json",
                str(result),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if not result.is_file():
            return f"failed ({done.returncode}): {(done.stderr.splitlines() or ['?'])[-1][:80]}"
        return f"{1000 * json.loads(result.read_text())['latency']['median_ms']:.0f}"


def _bare_rate(model_name: str, seconds: float, start: Any, results: Any) -> None:
    model = resolve_model(model_name)
    invoke, *_ = bare_interpreter(model)
    for _ in range(100):
        invoke()
    start.wait()
    done, started = 0, now_ns()
    while (passed := now_ns() - started) < seconds * 1e9:
        for _ in range(16):
            invoke()
        done += 16
    results.put(done * 1e9 / passed)


def bare_rates(model_name: str, instances: int, seconds: float) -> float:
    """Return the samples per second of bare invoke loops side by side, a process each."""
    context = get_context("spawn")
    start, results = context.Barrier(instances), context.Queue()
    workers = [
        context.Process(target=_bare_rate, args=(model_name, seconds, start, results))
        for _ in range(instances)
    ]
    for worker in workers:
        worker.start()
    total = sum(results.get() for _ in workers)
    for worker in workers:
        worker.join()
    return total


def offline_rate(model_name: str, instances: int, seconds: float, kind: str) -> float:
    """Return edgebench's Offline samples per second."""
    request = RunRequest(
        model=model_name,
        scenarios=("offline",),
        modes=("performance",),
        duration_s=seconds,
        warmup_s=0.2,
        settings=RuntimeSettings(instances=instances, instance_kind=kind),  # type: ignore[arg-type]
    )
    with tempfile.TemporaryDirectory() as out:
        record = run_request(request, Path(out)).runs[0].record
    assert record.performance is not None
    return record.performance.samples_per_second


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", help="default: the packaged ones and one of 10 us")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.7)
    parser.add_argument("--instances", type=int, default=2)
    asked = parser.parse_args()
    with ten_us_model() as ten_us:
        report(asked.models or (*MODELS, str(ten_us)), asked)


def spread(values: Sequence[float], form: str) -> str:
    """Return the median and the quartiles."""
    low, middle, high = (float(each) for each in np.percentile(values, (25, 50, 75)))
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


def shares(rates: dict[str, list[float]], kind: str) -> list[float]:
    """Return each round's rate of a kind of instance as a share of its bare loops'."""
    return [rate / bare for rate, bare in zip(rates[kind], rates["bare"], strict=True)]


def report(models: Sequence[str], asked: argparse.Namespace) -> None:
    """Measure and print."""
    before = cpu_times()
    print("SingleStream, 1 thread: median latency in us (median of rounds; quartiles of the added)")
    for name in models:
        model = resolve_model(name)
        bare, whole, added = [], [], []
        for _ in range(asked.rounds):
            first = bare_p50_ns(model, asked.seconds) / 1000
            whole.append(edgebench_p50_ns(name, asked.seconds) / 1000)
            bare.append((first + bare_p50_ns(model, asked.seconds) / 1000) / 2)
            added.append(whole[-1] - bare[-1])
        print(
            f"{model.label:24} bare {statistics.median(bare):8.2f}  "
            f"edgebench {statistics.median(whole):8.2f}  added {spread(added, '.2f')}  "
            f"litert-benchmark median {litert_benchmark_us(model, 2000)}"
        )
    print(f"Offline, {asked.instances} instances of 1 thread: samples/s (median of rounds), and")
    print("their share of the bare loops' (median and quartiles of the rounds' shares)")
    for name in models:
        rates: dict[str, list[float]] = {"bare": [], "threads": [], "processes": []}
        for _ in range(asked.rounds):
            first = bare_rates(name, asked.instances, asked.seconds)
            for kind in ("threads", "processes"):
                rates[kind].append(offline_rate(name, asked.instances, asked.seconds, kind))
            last = bare_rates(name, asked.instances, asked.seconds)
            rates["bare"].append((first + last) / 2)
        print(
            f"{resolve_model(name).label:24} "
            + "  ".join(f"{kind} {statistics.median(each):9.0f}" for kind, each in rates.items())
            + "".join(
                f"  {kind} {spread(shares(rates, kind), '.1%')}"
                for kind in ("threads", "processes")
            )
        )
    others = others_share(before, cpu_times())
    print(f"others' share of the processor meanwhile: {others:.1%}" if others is not None else "")


if __name__ == "__main__":
    main()
