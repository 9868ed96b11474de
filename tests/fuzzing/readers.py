"""Every reader of files that others may have written, by a name; a table row each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edgebench.boards.card import load_board_card
from edgebench.datasets.card import Encoding, load_dataset_card
from edgebench.datasets.clicks.criteo import load_criteo
from edgebench.datasets.load import load_dataset
from edgebench.datasets.loaders import mlperf_tiny
from edgebench.farm.journal import FILE as JOURNAL_FILE
from edgebench.farm.journal import Journal
from edgebench.farm.labgrid.client import parse_places
from edgebench.farm.labgrid.helper_process import parse_answer
from edgebench.farm.planning.plan_file import read_plan
from edgebench.farm.ssh.archive import parse_sums, unpack
from edgebench.farm.workers.messages import parse_message
from edgebench.harness.request import request_from_text
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import read_detail
from edgebench.mlperf.loadgen.result import performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.power.session import read_session
from edgebench.mlperf.power.spl import read_spl
from edgebench.mlperf.published import read_published
from edgebench.mlperf.scenarios import SCENARIOS
from edgebench.mlperf.tiny.energy import read_trials
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.mlperf.tiny.stream_test import read_stream_tests
from edgebench.models.card import load_model_card
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.power.meters.scpi.cards import scpi_cards
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.formats.npz import load_trace
from edgebench.power.traces.recordings import read_recording
from edgebench.results.submit.description import read_description
from edgebench.rundir.contents.confusion import read_confusion
from edgebench.rundir.contents.layers import read_layers
from edgebench.rundir.contents.power_samples import read_samples
from edgebench.rundir.contents.system import read_system
from edgebench.rundir.contents.timeline import read_timeline
from edgebench.rundir.contents.times import read_times
from edgebench.rundir.reader import read_record
from edgebench.sut.device import AnswerBook
from edgebench.training.to_quality.runs import read_timed_run
from tests.fuzzing import power_seeds, seeds

Seeds = Callable[[], Iterable[bytes]]
SUPPLY = ReadOptions(supply_v=3.0)


def _as_it_is(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class Reader:
    """A reader of a file of that name, what to begin with, and what a mutation is put into."""

    file: str
    read: Callable[[Path], object]
    seeds: Seeds
    packed: Callable[[bytes], bytes] = _as_it_is


def zipped(member: str, others: Mapping[str, bytes], data: bytes) -> bytes:
    """Return a sound archive with data as one of its members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in {**others, member: data}.items():
            archive.writestr(zipfile.ZipInfo(name), each)
    return content.getvalue()


def _detail_of(path: Path, name: str) -> object:
    log = read_detail(path)
    return performance_result(log, SCENARIOS[name]), log.seeds, log.window  # type: ignore[index]


def _summary(path: Path) -> object:
    return summary_result(read_summary(path))


def _answer_book(path: Path) -> None:
    AnswerBook(path).close()


def _dataset(path: Path) -> None:
    """Open a dataset's file and take every sample."""
    dataset = load_dataset(str(path))
    for index in range(min(dataset.count, 50)):
        dataset.sample(index)


def _classes(path: Path) -> None:
    for name in ("one", "two"):
        folder = path.parent / name
        folder.mkdir()
        (folder / "0.npy").write_bytes(next(iter(seeds.arrays())))
    _dataset(path.parent)


def _labels(path: Path) -> object:
    for number in range(3):
        (path.parent / f"{number}.bin").write_bytes(bytes(range(16)))
    encoding = Encoding(dtype="uint8", shape=(4,))
    return mlperf_tiny.load(path.parent, encoding)


def _journal(path: Path) -> object:
    return Journal(path.parent).state()


def _model(path: Path) -> object:
    model = resolve_model(str(path))
    return unpacked(model.content, str(path))


def _sums(path: Path) -> object:
    return parse_sums(path.read_bytes(), "pi@somewhere")


def _unpack(path: Path) -> None:
    with path.open("rb") as file:
        folder = path.parent / "unpacked"
        folder.mkdir()
        unpack(file, seeds.SUMS_OF_ARCHIVE, folder, "pi@somewhere")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _places(path: Path) -> object:
    try:
        answer = parse_answer(_text(path))
    except ValueError:
        return None  # what is no answer, as it says
    return parse_places(answer.result)


def _of_folder(read: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda path: read(path.parent)


READERS: Mapping[str, Reader] = {
    # MLPerf's logs.
    **{
        f"detail log, {name}": Reader(
            "mlperf_log_detail.txt", partial(_detail_of, name=name), seeds.detail_logs
        )
        for name in SCENARIOS
    },
    "summary log": Reader("mlperf_log_summary.txt", _summary, seeds.summary_logs),
    "accuracy log": Reader(
        "mlperf_log_accuracy.json", lambda path: list(read_answers(path)), seeds.accuracy_logs
    ),
    "spl log": Reader("spl.txt", read_spl, seeds.spl_logs),
    "power session": Reader("server.json", read_session, seeds.power_sessions),
    "published JSON": Reader("summary_results.json", read_published, seeds.published_json),
    "published CSV": Reader("summary.csv", read_published, seeds.published_csv),
    "Tiny results": Reader(
        "performance/results.txt", lambda path: read_tiny(path.parents[1]), seeds.tiny_results
    ),
    "Tiny streaming tests": Reader("tests.json", read_stream_tests, seeds.stream_tests),
    "Tiny trials": Reader("results.json", read_trials, seeds.tiny_trials),
    "training log": Reader("result_0.txt", read_timed_run, seeds.training_logs),
    # Recordings of power.
    "recording, csv": Reader("r.csv", read_recording, power_seeds.recordings_csv),
    "recording, spl": Reader("spl.txt", read_recording, seeds.spl_logs),
    "recording, tegrastats": Reader("r.log", read_recording, power_seeds.tegrastats),
    "recording, npz": Reader("r.npz", read_recording, power_seeds.traces),
    "recording, npz, about": Reader(
        "r.npz",
        load_trace,
        power_seeds.about_traces,
        lambda data: zipped("about.npy", power_seeds.trace_members(), seeds.text_array(data)),
    ),
    "recording, npz, times": Reader(
        "r.npz",
        load_trace,
        power_seeds.trace_times,
        lambda data: zipped("t_ns.npy", power_seeds.trace_members(), data),
    ),
    "recording, jls": Reader("r.jls", read_recording, power_seeds.jls_recordings),
    "recording, eembc": Reader("r-energy.bin", read_recording, power_seeds.eembc_traces),
    "recording, ppk2": Reader(
        "r.ppk2", lambda path: read_recording(path, SUPPLY), power_seeds.ppk2_sessions
    ),
    "recording, ppk2, metadata": Reader(
        "r.ppk2",
        lambda path: read_recording(path, SUPPLY),
        power_seeds.ppk2_metadata,
        lambda data: zipped("metadata.json", power_seeds.PPK2_MEMBERS, data),
    ),
    # Run directories.
    "run.json": Reader("run.json", read_record, seeds.of_run("run.json")),
    "run.json of 0.1": Reader("run.json", read_record, seeds.run_of_0_1),
    "system.json": Reader("system.json", _of_folder(read_system), seeds.of_run("system.json")),
    "timeline.json": Reader(
        "timeline.json", _of_folder(read_timeline), seeds.of_run("timeline.json")
    ),
    "times.npy": Reader("times.npy", _of_folder(read_times), seeds.of_run("performance/times.npy")),
    "confusion.json": Reader(
        "confusion.json", _of_folder(read_confusion), seeds.of_run("accuracy/confusion.json")
    ),
    "profile.json": Reader("profile.json", _of_folder(read_layers), seeds.layers),
    "samples.npz": Reader("samples.npz", read_samples, power_seeds.traces),
    "answers.jsonl": Reader("answers.jsonl", _answer_book, seeds.answer_books),
    "request": Reader(
        "r.json", lambda path: request_from_text(path.read_bytes(), str(path)), seeds.requests
    ),
    # Cards and plans.
    "model card": Reader("card.toml", load_model_card, seeds.cards("models/*/card.toml")),
    "dataset card": Reader("card.toml", load_dataset_card, seeds.cards("datasets/*/card.toml")),
    "board card": Reader("card.toml", load_board_card, seeds.cards("boards/*.toml")),
    "instruments": Reader("cards.toml", scpi_cards, seeds.scpi_cards),
    "plan": Reader("plan.toml", read_plan, seeds.plans),
    "system.toml": Reader(
        "system.toml", lambda path: read_description("tiny", path, {"name": True}), seeds.systems
    ),
    "journal": Reader(JOURNAL_FILE, _journal, seeds.journals),
    "worker's message": Reader("line", lambda path: parse_message(_text(path)), seeds.messages),
    "labgrid's places": Reader("answer", _places, seeds.labgrid_answers),
    "checksums": Reader("sums", _sums, seeds.checksums),
    "archive": Reader("runs.tar", _unpack, seeds.archives),
    # Datasets and models.
    "dataset, csv": Reader("d.csv", _dataset, seeds.datasets_csv),
    "dataset, npz": Reader("d.npz", _dataset, seeds.datasets_npz),
    "dataset, npz, inputs": Reader(
        "d.npz", _dataset, seeds.arrays, lambda data: zipped("inputs.npy", {}, data)
    ),
    "dataset, npy": Reader("d/one/0.npy", lambda path: _dataset(path.parents[1]), seeds.arrays),
    "dataset, classes": Reader("d/classes.txt", _classes, seeds.class_names),
    "dataset, y_labels.csv": Reader("y_labels.csv", _labels, seeds.label_files),
    "dataset, Criteo": Reader(
        "day_0",
        lambda path: load_criteo(path, seeds.CRITEO),
        seeds.criteo_logs,
    ),
    "model": Reader("m.tflite", _model, seeds.models),
}
