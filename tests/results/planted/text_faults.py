"""Faults of the texts themselves: their bytes, their lines, what stands in them twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.results.planted import inference_faults as inference
from tests.results.planted import tiny_faults as tiny
from tests.results.planted.faults import (
    Fault,
    Harm,
    edited,
    field,
    logged,
    restated,
    rewritten,
    written,
)
from tests.results.planted.power_faults import sealed

RUN = f"{inference.STREAM}/{inference.RUN}"
DETAIL = f"{RUN}/mlperf_log_detail.txt"
AUDIT = f"{inference.STREAM}/TEST01/{inference.RUN}"
KWS_ACCURACY = f"{tiny.KWS}/accuracy/results.txt"
KWS_PERFORMANCE = f"{tiny.KWS}/performance/results.txt"


def marked(below: str) -> Harm:
    """Put a byte order mark in front of a text, as Windows' editors do."""
    return rewritten(below, lambda content: b"\xef\xbb\xbf" + content)


def in_utf16(below: str) -> Harm:
    """Write a text as PowerShell does."""
    return rewritten(below, lambda content: content.decode().encode("utf-16"))


def in_latin1(below: str) -> Harm:
    """Put a line in front of a text that is in no Unicode encoding."""
    return rewritten(below, lambda content: "# mesur\xe9\n".encode("latin-1") + content)


def bare(below: str, sentence: str) -> Harm:
    """Take away what stands in front of a sentence in its line."""

    def harm(root: Path) -> None:
        path = root / below
        lines = path.read_text().splitlines(keepends=True)
        cut = [line[max(line.find(sentence), 0) :] for line in lines]
        assert cut != lines, (below, sentence)
        path.write_text("".join(cut))

    return harm


def twice(root: Path) -> None:
    """Give a scenario a second folder, whose name differs in its case."""
    first = root / inference.STREAM
    for path in [each for each in first.rglob("*") if each.is_file()]:
        copy = first.with_name("singlestream") / path.relative_to(first)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())


INFERENCE_TEXT_FAULTS: Mapping[str, Fault] = {
    "a system with a mark": Fault(marked(inference.SYSTEM), "begins with a byte order mark"),
    "a system in UTF-16": Fault(in_utf16(inference.SYSTEM), "not text in UTF-8"),
    "measurements with a mark": Fault(
        marked(f"{inference.STREAM}/measurements.json"), "begins with a byte order mark"
    ),
    "a network of no text": Fault(
        field(inference.SYSTEM, "is_network", False), "is_network is False, not a text"
    ),
    "an empty nameplate": Fault(
        written(f"{inference.HOME}/systems/board_power.yaml", "# PSUs\n"), "is empty"
    ),
    "a log with a mark": Fault(marked(DETAIL), "begins with a byte order mark"),
    "a log with another head": Fault(
        rewritten(DETAIL, lambda content: b"# measured on a Monday\n" + content),
        "its first line is not LoadGen's",
    ),
    "a log in Latin 1": Fault(in_latin1(DETAIL), "not text in UTF-8"),
    "a shorter duration first": Fault(
        restated(RUN, "effective_min_duration_ms", 60_000, is_first=True),
        "states `effective_min_duration_ms` more than once",
    ),
    "a shorter duration last": Fault(
        restated(RUN, "effective_min_duration_ms", 60_000, is_first=False),
        "states `effective_min_duration_ms` more than once",
        official=False,
    ),
    "another seed first": Fault(
        restated(RUN, "effective_qsl_rng_seed", 1, is_first=True),
        "states `effective_qsl_rng_seed` more than once",
    ),
    "a number as a text": Fault(
        logged(RUN, effective_performance_sample_count="1024"), "is a text, '1024'"
    ),
    "few samples asked for": Fault(
        sealed(logged(f"{inference.OFFLINE}/{inference.RUN}", effective_samples_per_query=1000)),
        "1000 samples; the rules want 24576",
    ),
    "no query asked for": Fault(
        sealed(logged(f"{inference.OFFLINE}/{inference.RUN}", effective_min_query_count=0)),
        "`effective_min_query_count` is 0",
    ),
    "a scenario twice": Fault(twice, "2 folders are called singlestream", official=False),
    "power in an audit": Fault(written(f"{AUDIT}/spl.txt", "Time"), "does not belong here"),
    "an accuracy in Latin 1": Fault(in_latin1(inference.ACCURACY), "not text in UTF-8"),
    "a worse accuracy first": Fault(
        edited(inference.ACCURACY, "accuracy=", "accuracy=70.000%\naccuracy=", 1),
        "accuracy 70.000 is below",
    ),
    "a worse accuracy last": Fault(
        rewritten(inference.ACCURACY, lambda content: content + b"accuracy=70.000%\n"),
        "accuracy 70.000 is below",
        official=False,
    ),
}
"""The official checker stops in an exception at most of them."""

TINY_TEXT_FAULTS: Mapping[str, Fault] = {
    "a system with a mark": Fault(marked(tiny.SYSTEM), "begins with a byte order mark"),
    "a system in UTF-16": Fault(in_utf16(tiny.SYSTEM), "not text in UTF-8"),
    "an accuracy in Latin 1": Fault(in_latin1(KWS_ACCURACY), "not text in UTF-8"),
    "a median in UTF-16": Fault(in_utf16(KWS_PERFORMANCE), "not text in UTF-8"),
    "a bare accuracy": Fault(
        bare(KWS_ACCURACY, "Top 1%"), "Top 1% stands at the very beginning of its line"
    ),
    "a bare AUC": Fault(
        bare(f"{tiny.RESULTS}/ad/accuracy/results.txt", "AUC"),
        "AUC stands at the very beginning of its line",
    ),
    "a bare median": Fault(
        bare(KWS_PERFORMANCE, "Median throughput"), "the median stands at the very beginning"
    ),
    "no results": Fault(
        lambda root: (root / tiny.HOME / "results").rename(root / tiny.HOME / "figures"),
        "has no results",
    ),
}
