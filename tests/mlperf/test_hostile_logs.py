"""Logs that nobody's program wrote: refused in time, with words of our own."""

from __future__ import annotations

import json
import re
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_models import INFERENCE_MODELS
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import read_detail
from edgebench.mlperf.loadgen.result import performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.log_text import log_json, log_lines, log_text, log_time, real, whole
from edgebench.mlperf.power.session import read_session
from edgebench.mlperf.power.spl import read_spl
from edgebench.mlperf.published import read_published
from edgebench.mlperf.scenarios import SCENARIOS
from edgebench.mlperf.tiny.energy import read_trials
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.training.to_quality.runs import read_timed_run
from tests.fuzzing.property import PYTHONS_OWN

DIGITS = "9" * 5000
SUMMARY = "SUT name : x\nScenario : Offline\nMode : PerformanceOnly\n"


def detail(**values: object) -> str:
    whole_log = {
        "result_validity": "VALID",
        "generated_samples_per_query": 1,
        "result_query_count": 10,
        "power_begin": "11-24-2026 16:05:00.123",
        "power_end": "11-24-2026 16:15:00.123",
        "result_samples_per_second": 5.0,
        **{f"result_{each}_latency_ns": 5 for each in ("min", "mean", "max")},
        **{
            f"result_{each}_percentile_latency_ns": 5
            for each in ("50.00", "90.00", "95.00", "97.00", "99.00", "99.90")
        },
    }
    entries = (whole_log | values).items()
    return "\n".join(":::MLLOG " + json.dumps({"key": k, "value": v}) for k, v in entries)


def offline(path: Path) -> object:
    return performance_result(read_detail(path), SCENARIOS["offline"])


def tiny(path: Path) -> object:
    folder = path.parent / "performance"
    folder.mkdir()
    path.rename(folder / "results.txt")
    return read_tiny(path.parent)


def published(**values: object) -> str:
    row = {"Submitter": "x", "Model": "y", "Scenario": "Offline", "Performance_Result": 5, **values}
    return json.dumps([row])


def session(**values: object) -> str:
    empty = {"session_name": "x", "uuid": {}, "results": {}, "phases": {}, "messages": []}
    return json.dumps({**empty, "sources": {}, **values})


TRIAL = {"power": {"samples": [1e-6] * 9, "timestamps": [["00", 1], ["01", 8]]}}
CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "detail, digits": (offline, detail().replace('"value": 10}', f'"value": {DIGITS}}}')),
    "detail, digits in text": (offline, detail(result_query_count=DIGITS)),
    "detail, infinite": (offline, detail(result_samples_per_second=float("inf"))),
    "detail, 1e999": (offline, detail(result_samples_per_second="1e999")),
    "detail, underscore": (offline, detail(result_query_count="1_0")),
    "detail, list": (offline, detail(generated_samples_per_query=[1])),
    "detail, boolean": (offline, detail(result_query_count=True)),
    "detail, no time": (offline, detail(power_begin="yesterday")),
    "detail, generation": (
        lambda path: performance_result(read_detail(path), SCENARIOS["server"]),
        detail(loadgen_version=f"{DIGITS}.0"),
    ),
    "seeds": (lambda path: read_detail(path).seeds, detail(effective_qsl_rng_seed="x")),
    "summary, digits": (
        lambda path: summary_result(read_summary(path)),
        f"{SUMMARY}Samples per second: {DIGITS}\nResult is : VALID\n",
    ),
    "summary, latency": (read_summary, f"{SUMMARY}90.00 percentile latency (ns) : {DIGITS}\n"),
    "summary, nan": (
        lambda path: summary_result(read_summary(path)),
        f"{SUMMARY}Samples per second: nan\nResult is : VALID\n",
    ),
    "answers, digits": (
        lambda path: list(read_answers(path)),
        f'[\n{{"seq_id": {DIGITS}, "qsl_idx": 0, "data": "00"}}\n]\n',
    ),
    "answers, whole": (
        lambda path: list(read_answers(path)),
        f'[{{"seq_id": 0, "qsl_idx": "{DIGITS}", "data": "00"}}]',
    ),
    "answers, nested": (lambda path: list(read_answers(path)), "[" * 100_000),
    "published, digits": (
        read_published,
        published().replace('"Performance_Result": 5', f'"Performance_Result": {DIGITS}'),
    ),
    "published, text": (read_published, published(Performance_Result=DIGITS)),
    "published, infinite": (read_published, published(Performance_Result=float("inf"))),
    "published, power": (read_published, published(Power_Result="1_0")),
    "tiny": (tiny, f"Median throughput is {DIGITS} inf./sec.\n"),
    "tiny, dots": (tiny, "Median throughput is 1.2.3 inf./sec.\n"),
    "energy": (read_trials, json.dumps([TRIAL | {"infer": {"iterations": "1_0"}}])),
    "energy, digits": (
        read_trials,
        json.dumps([TRIAL | {"infer": {"iterations": 77}}]).replace("77", DIGITS),
    ),
    "energy, no list": (read_trials, "{}"),
    "spl, digits": (read_spl, f"Time,11-24-2026 16:05:00.123,Watts,{DIGITS},Volts,1,Amps,1\n"),
    "spl, nan": (read_spl, "Time,11-24-2026 16:05:00.123,Watts,nan,Volts,1,Amps,1\n"),
    "spl, time": (read_spl, f"Time,{DIGITS},Watts,1,Volts,1,Amps,1\n"),
    "spl, short": (read_spl, "Time\n"),
    "session": (read_session, '{"phases": {"ranging": [["1_0"]]}, "session_name": 1}'),
    "session, list": (read_session, "[1]"),
    "session, device": (read_session, session(ptd_config=[{"device_type": float("inf")}])),
    "session, digits": (read_session, session(ptd_config=[{"device_type": 10**25}])),
    "spl, year 1": (read_spl, "Time,01-01-0001 00:00:00.000,Watts,1,Volts,1,Amps,1\n"),
    "detail, year 9999": (
        lambda path: read_detail(path).window,
        detail(power_end="12-31-9999 23:59:59.999"),
    ),
    "detail, 65 bits": (offline, detail(result_query_count=1 << 64)),
    "timed run": (
        read_timed_run,
        f':::MLLOG {{"key": "seed", "time_ms": {DIGITS}, "value": 1}}\n',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_number_that_is_none_is_said_in_our_words(tmp_path: Path, case: str) -> None:
    read, text = CASES[case]
    path = tmp_path / "log.txt"
    path.write_text(text)
    with pytest.raises(LogInvalid) as raised:
        read(path)
    said = str(raised.value)
    assert not any(words in said for words in PYTHONS_OWN), said
    assert len(said.removeprefix(str(path))) < 300


def test_published_counts_of_thousands_of_digits_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    text = published(host_processor_core_count=77, host_processors_per_node=2)
    path.write_text(text.replace("77", DIGITS))
    with pytest.raises(LogInvalid, match="too many digits"):
        read_published(path)
    path.write_text(published(host_processor_core_count=DIGITS, host_processors_per_node="2"))
    (found,) = read_published(path)
    assert found.cores is None


LONG = 60_000
NASTY = {
    "spaces": " " * LONG + "x",
    "colons": ":" * LONG,
    "spaces and colons": " :" * (LONG // 2),
    "digits": "1" * LONG + " x",
    "digits and words": "1 warnings " * (LONG // 11),
    "early stopping": "Early stopping " + "1" * LONG,
    "early stoppings": "Early stopping 9" * (LONG // 16),
    "percentiles": "9." * (LONG // 2) + " percentile latency (ns): 1",
    "stars": "*" * LONG,
    "throughput": "Median throughput is" + " " * LONG,
    "throughputs": "Median throughput is 1" * (LONG // 22),
    "accuracies": "Top 1% = " * (LONG // 9),
    "names": "Device name retrieved: " * (LONG // 23),
    "old log": '"pid": 1, "tid": 1, "ts": 1ns : ' + "a " * (LONG // 2),
    "commas": "," * LONG,
}


@pytest.mark.parametrize("nasty", NASTY)
def test_no_line_takes_more_time_than_its_length(tmp_path: Path, nasty: str) -> None:
    """Twenty lines of 60 kB: quadratic readers took minutes for one of them."""
    path = tmp_path / "log.txt"
    path.write_text((NASTY[nasty] + "\n") * 20)
    for read in (read_summary, read_detail, read_spl, read_timed_run, tiny):
        started = time.process_time()
        with suppress(LogInvalid):
            read(path)
        assert time.process_time() - started < 2, read.__name__


STARTS = (
    *("accuracy", '{"accuracy', "mAP=", "'Total':", "{'exact_match': ", "Accuracy: mean", "AUC="),
    *("Word Error Rate:, accuracy=", "'rouge1': ", "metric/lifetime_ne/rating:", "Accuracy:"),
    *('{"f1": ', '{"f1": 1', '"f1":', ""),
)
REPEATED = (" ", "1", ".", "1.", ": ", '"f1": 1 ', "mAP=", "'Total': 1", "{", ", accuracy=1")


def test_no_line_of_accuracy_takes_more_time_than_its_length() -> None:
    """A line of accuracy.txt may have 1 MiB; the patterns were quadratic in blanks and in digits.

    8,000 characters take a good pattern less than a millisecond, a quadratic one a second.
    """
    patterns = {each.pattern for of in INFERENCE_MODELS.values() for each in of.metrics}
    for pattern in sorted(patterns):
        for start in STARTS:
            for repeated in REPEATED:
                line = start + repeated * (8_000 // len(repeated)) + "x"
                started = time.process_time()
                re.match(pattern, line)
                assert time.process_time() - started < 0.05, (pattern, start, repeated)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"f1": 0.81, "n": 3}', "0.81"),
        ('x{"f1": 0.81}', None),
        ('{"f1": 0.5, "f1": 0.81}', "0.81"),
        ('{"f1": 0.81} "f1": 0.5', "0.81"),
        ('{"f1": 0.81, "f1": none}', "0.81"),
        ('{"a": {"f1": 0.81}, "b": 1}', "0.81"),
        ('{"f1": 0.81', None),
    ],
)
def test_the_last_f1_within_braces_counts(line: str, found: str | None) -> None:
    (metric,) = INFERENCE_MODELS["qwen3-vl-235b-a22b"].metrics
    match = re.match(metric.pattern, line)
    assert (match[1] if match else None) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("accuracy=76.1%, good=1, total=2", "76.1"),
        ('{"accuracy": 0.73, "n": 1}', "0.73"),
        ("accuracy: = 76.1", "76.1"),
        ("an accuracy=76.1", None),
    ],
)
def test_the_accuracy_at_the_beginning_of_a_line(line: str, found: str | None) -> None:
    (metric,) = INFERENCE_MODELS["resnet"].metrics
    match = re.match(metric.pattern, line)
    assert (match[1] if match else None) == found


@pytest.mark.parametrize(
    "read", [read_summary, read_spl, read_timed_run, lambda p: list(log_lines(p))]
)
def test_a_file_without_ends_of_lines_is_not_held(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "log.txt"
    with path.open("wb") as file:
        file.truncate(2**30)  # takes no space
    tracemalloc.start()
    with pytest.raises(LogInvalid, match="line 1: longer than 65,536 characters"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 2**21
    tracemalloc.stop()


def test_lines_up_to_the_limit_are_read_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"\xef\xbb\xbf" + b"a" * 10 + b"\r\n\n" + b"b" * 10)
    assert list(log_lines(path, 10)) == [(1, "a" * 10), (2, ""), (3, "b" * 10)]
    path.write_text("a\n" + "b" * 11)
    with pytest.raises(LogInvalid, match="line 2: longer than 10 characters"):
        list(log_lines(path, 10))
    path.write_text("Größe : 1\n", encoding="utf-16")
    assert list(log_lines(path)) == [(1, "Größe : 1")]


def test_a_whole_text_has_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("12345")
    assert log_text(path, 5) == "12345"
    with pytest.raises(LogInvalid, match="longer than 4 bytes"):
        log_text(path, 4)


@pytest.mark.parametrize(
    "value",
    ["", " ", "1e3", "0x1", "1_0", "\N{ARABIC-INDIC DIGIT ONE}", None, [], True, 1.5, "9" * 31],
)
def test_what_is_no_whole_number(value: object) -> None:
    with pytest.raises(LogInvalid, match=r"^here: .* is not a whole number$"):
        whole(value, "here")


@pytest.mark.parametrize(
    "value", ["", "nan", "inf", "1e999", "1_0", "0x1", None, [], True, float("nan"), 10**400]
)
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(LogInvalid, match=r"^here: .* is not a number$"):
        real(value, "here")


@pytest.mark.parametrize(
    ("value", "number"),
    [("1", 1.0), (" -1.5e-3 ", -0.0015), (".5", 0.5), ("5.", 5.0), (3, 3.0), (2.5, 2.5)],
)
def test_what_is_a_number(value: object, number: float) -> None:
    assert real(value, "here") == number


def test_json_and_times_are_refused_in_our_words() -> None:
    for text in ("{", "[" * 10_000, "1" * 5000):
        with pytest.raises(LogInvalid, match=r"^here: damaged"):
            log_json(text, "here")
    with pytest.raises(LogInvalid, match=r"^here: 'noon' is not a time$"):
        log_time("noon", "here")
