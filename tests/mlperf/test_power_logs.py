"""Published power measurements: the figures that were published come out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.detail import DetailLog
from edgebench.mlperf.power.rules import session_faults
from edgebench.mlperf.power.session import read_session
from edgebench.mlperf.power.spl import (
    SplLine,
    checker_metric,
    checker_power,
    checker_power_w,
    read_spl,
    write_spl,
)
from edgebench.mlperf.tiny.energy import median_uj_per_inference, read_trials, trial_of
from tests.conftest import SHARED

TINY = SHARED / "mlperf_results/tiny_v1.3/NUCLEO_L4R5ZI-P/kws/energy"
WHISPER = SHARED / "mlperf_results/inference_v5.1/datacenter_power_whisper/run_1"


def test_published_trials_of_mlperf_tiny_come_out_to_every_digit() -> None:
    if not TINY.is_dir():
        pytest.skip(f"{TINY} is not here")
    trials = read_trials(TINY / "results.json")
    text = (TINY / "results.txt").read_text()
    told = re.findall(
        r"Elapsed time  : (\S+)\n\s+Inferences    : (\d+)\n\s+Power         : (\S+) mW\.\n"
        r"\s+Total Energy  : (\S+) uJ\n\s+Energy/Inf    : (\S+) uJ/inf",
        text,
    )
    assert len(told) == len(trials) == 5
    for (elapsed, inferences, power, energy, each), trial in zip(told, trials, strict=True):
        assert trial.elapsed_s == pytest.approx(float(elapsed), abs=1e-9)
        assert trial.inferences == int(inferences)
        assert f"{trial.power_w * 1e3:.4f}" == power
        assert f"{trial.energy_j * 1e6:.3f}" == energy
        assert f"{trial.uj_per_inference:.3f}" == each
    assert f"Median energy cost is {median_uj_per_inference(trials):.4f} uJ/inf." in text


def test_a_published_datacenter_run_s_power_is_the_checker_s() -> None:
    if not WHISPER.is_dir():
        pytest.skip(f"{WHISPER} is not here")
    lines = read_spl(WHISPER / "spl.txt")
    log = DetailLog(
        dict(
            re.findall(
                r'"key": "(power_\w+)", "value": "([^"]+)"',
                (WHISPER / "mlperf_log_detail.txt").read_text(),
            )
        )
    )
    begin, end = log.window
    # By other means: the column of watts between the two lines of text.
    rows = [line.split(",") for line in (WHISPER / "spl.txt").read_text().splitlines()]
    inside = [
        float(row[3])
        for row in rows
        if len(row) > 3 and "07-25-2025 15:30:43.020" < row[1] < "07-25-2025 15:41:06.698"
    ]
    power = checker_power_w(lines, begin, end)
    assert power == pytest.approx(sum(inside) / len(inside), rel=1e-12)
    assert 2000 < power < 10_000
    assert checker_metric("Offline", power, begin, end, 10) == (power, "W")
    figure, unit = checker_metric("SingleStream", power, begin, end, 1000)
    assert unit == "mJ/query"
    assert figure == pytest.approx(power * 623.678)


def at(second: int, watts: float) -> SplLine:
    return SplLine(datetime(2026, 11, 25, 8, 0, second), watts)


def test_readings_at_or_below_0_w_are_left_out_and_said() -> None:
    lines = [at(0, 99), at(1, 30), at(2, 0), at(3, -1), at(4, 20), at(5, 99)]
    found = checker_power(lines, lines[0].when, lines[5].when)
    assert (found.power_w, found.mean_w) == (25, 12.25)
    assert (found.readings, found.left_out) == (4, 2)
    assert found.note == (
        "2 of 4 readings are at or below 0 W: MLPerf's checker leaves them out (25 W); with them "
        "the mean is 12.25 W"
    )
    assert checker_power(lines[:2], lines[0].when, lines[5].when).note == ""


@pytest.mark.parametrize(
    ("scenario", "measured", "figure"),
    [
        ("SingleStream", "SingleStream", 500.0),
        ("MultiStream", "MultiStream", 500.0),
        ("MultiStream", "SingleStream", 4000.0),
        ("MultiStream", "", 500.0),
    ],
)
def test_a_query_of_multistream_is_8_of_those_that_were_measured(
    scenario: str, measured: str, figure: float
) -> None:
    window = at(0, 1).when, at(10, 1).when
    assert checker_metric(scenario, 25.0, *window, 500, measured) == (figure, "mJ/query")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    lines = [
        SplLine(datetime(2026, 11, 25, 8, 0, second), 1.5 + second, 230, 0.5, 0.25 * second - 0.5)
        for second in range(4)
    ]
    write_spl(tmp_path / "spl.txt", lines, "run_testing")
    assert read_spl(tmp_path / "spl.txt") == lines
    assert checker_power_w(lines, lines[0].when, lines[3].when) == 3.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no reading"),
        ("Time,11-25-2026 08:00:00.000,Watts,1\nTime,11-25-2026 08:0", "line 2"),
        ("hello\n", "line 1"),
        ("Time,11-25-2026 08:00:00.000,Watts,many\n", "line 1"),
    ],
)
def test_a_damaged_spl_is_said_with_its_line(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "spl.txt").write_text(text)
    with pytest.raises(LogInvalid, match=reason):
        read_spl(tmp_path / "spl.txt")


def test_a_window_needs_two_marks() -> None:
    assert trial_of([1e-6] * 100, [3, 10, 60], 5).energy_j == pytest.approx(50e-6)
    with pytest.raises(LogInvalid, match="saw 1 marks"):
        trial_of([1.0], [0], 1)
    with pytest.raises(LogInvalid, match="from sample 5 to 200 of 100"):
        trial_of([1.0] * 100, [5, 200], 1)


def test_no_results_of_energy_mode_are_said(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('[{"infer": {}}]')
    with pytest.raises(LogInvalid, match="entry 0: no trial of MLPerf Tiny's energy mode"):
        read_trials(tmp_path / "results.json")
    with pytest.raises(LogInvalid, match="no trial"):
        median_uj_per_inference([])


def session_folder(published: Path, tmp_path: Path) -> Path:
    """Copy a published session, so that it can be harmed."""
    source = published / "inference_v5.1" / "datacenter_power_whisper"
    for path in source.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


def test_a_published_power_session_is_read_and_its_files_are_what_it_says(
    published: Path, tmp_path: Path
) -> None:
    folder = session_folder(published, tmp_path)
    client, server = (read_session(folder / "power" / n) for n in ("client.json", "server.json"))
    assert client.name == server.name == "2025-07-25_15-13-09"
    assert "YokogawaWT500" in server.analyzer
    assert client.phases["testing"][0] > client.phases["ranging"][1]
    # Those that are here: LoadGen's logs, spl.txt and both sides' own logs.
    assert {"run_1/mlperf_log_detail.txt", "power/client.log"} <= set(client.sha1)
    assert {"run_1/spl.txt", "power/server.log"} <= set(server.sha1)
    assert session_faults(folder) == []


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda f: edit(f / "run_1" / "spl.txt", "Watts,2", "Watts,1"), "run_1/spl.txt is not the"),
        (lambda f: edit(f / "power" / "client.log", "INFO", "info"), "power/client.log is not the"),
        (lambda f: edit(f / "power" / "client.json", "15-13-09", "15-13-10"), "of session"),
        (lambda f: edit(f / "power" / "server.json", "testing", "resting"), "no testing phase"),
        (lambda f: edit(f / "power" / "server.json", "Identify", "Indentify"), "never said what"),
    ],
)
def test_a_session_that_was_changed_is_found(
    published: Path, tmp_path: Path, harm: Callable[[Path], None], says: str
) -> None:
    folder = session_folder(published, tmp_path)
    harm(folder)
    assert any(says in fault for fault in session_faults(folder)), session_faults(folder)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "damaged or cut short"),
        ("[]", "no record of a power session: a value is damaged"),
        ('{"session_name": 1}', "no record of a power session: 'uuid' is missing"),
        ('{"phases": {"ranging": []}}', "no record of a power session"),
    ],
)
def test_what_is_no_record_of_a_session_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "client.json").write_text(text)
    with pytest.raises(LogInvalid, match=rf"client\.json: {says}"):
        read_session(tmp_path / "client.json")
