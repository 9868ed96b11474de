"""The page: all of it in one file, nothing taken on trust, read by a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.errors import EdgebenchError, RunDirectoryInvalid
from edgebench.harness.modes.host_profile import profile_on_host
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.results.report.plots.overview import overview_plots
from edgebench.results.report.plots.power import power
from edgebench.results.report.view import views_of
from edgebench.rundir.contents.layers import put_layers
from tests.cli.call import call
from tests.results.made_runs import copied

NASTY = '<script>alert("x")</script> & $a^b$ \'"'
PLOTS = (
    "How long it takes",
    "Along the test",
    "Power",
    "Accuracy",
    "Confusion matrix",
    "Where the time goes",
)


@pytest.fixture(scope="module")
def metered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with all that a page can show: power, accuracy, a profile."""
    request = RunRequest(
        scenarios=("singlestream",), duration_s=0.5, warmup_s=0.1, power="virtual:ppk2", idle_s=0.3
    )
    (run,) = run_request(request, tmp_path_factory.mktemp("metered")).runs
    put_layers(run.path, profile_on_host("kws-ds-cnn", rounds=3))
    return run.path


@pytest.fixture(scope="module")
def page(metered: Path, finished: CompletedRuns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "report.html"
    return api.report([metered, *(run.path for run in finished.runs)], out=out)


class Reader(HTMLParser):
    """Counts what a page has, and complains of tags that don't match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text())
    assert not reader.open
    return reader


def scripts_of(reader: Reader) -> list[dict[str, str | None]]:
    """Return the attributes of each script."""
    return [attributes for tag, attributes in reader.tags if tag == "script"]


def test_a_page_shows_all_that_there_is(page: Path) -> None:
    reader = read(page)
    for title in PLOTS:
        assert f"{title}." in reader.text
    # The conclusion and the machine come first, the caveats after the results.
    said = reader.text.index("3 runs: 3 VALID; 3 quick, not submissions")
    assert said < reader.text.index("Measured on: ") < reader.text.index("All runs")
    assert reader.text.index("All runs") < reader.text.index("quick: not a submission")
    assert "energy is an estimate (virtual:ppk2)" in reader.text
    assert "Accuracy against time and energy" in reader.text
    sections = [attributes for tag, attributes in reader.tags if attributes.get("class") == "run"]
    assert len(sections) == 3


def test_every_plot_has_its_words(page: Path) -> None:
    reader = read(page)
    pictures = [attributes for tag, attributes in reader.tags if attributes.get("role") == "img"]
    drawings = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert len(pictures) == len(drawings) >= 10
    assert all(len(picture["aria-label"] or "") > 40 for picture in pictures)
    assert all(drawing["aria-hidden"] == "true" for drawing in drawings)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_nothing_comes_from_outside(page: Path) -> None:
    reader = read(page)
    for tag, attributes in reader.tags:
        for name in ("src", "href", "xlink:href", "action"):
            target = attributes.get(name) or ""
            assert target.startswith(("#", "data:")) or not target, (tag, target)
    assert "url(http" not in page.read_text()
    assert not any(tag in ("iframe", "object", "img") for tag, _ in reader.tags)
    assert scripts_of(reader) == [{}]
    assert "default-src 'none'; script-src 'sha256-" in page.read_text()


def test_colours_are_the_pages(page: Path) -> None:
    text = page.read_text()
    assert "var(--first)" in text
    drawings = "".join(re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL))
    assert not re.search(r"#0[1-9]0\w", drawings)  # every stand-in was replaced
    assert "light-dark(" in text
    assert "@media print" in text


def test_what_a_file_says_is_text_and_no_markup(metered: Path, tmp_path: Path) -> None:
    def spoil(record: dict[str, Any]) -> None:
        record["model"].update(name=NASTY, variant=NASTY)
        record["dataset"].update(name=NASTY, limits=NASTY)
        record["warnings"] = [NASTY]
        record["performance"].update(valid=False, reasons=[NASTY])
        record["energy"]["meter"]["name"] = NASTY

    run = copied(metered, tmp_path / "run", spoil)
    confusion = run / "accuracy" / "confusion.json"
    values = json.loads(confusion.read_text())
    values["classes"][0] = NASTY
    confusion.write_text(json.dumps(values))
    layers = run / "profile.json"
    values = json.loads(layers.read_text())
    values["layers"][0]["op"] = NASTY
    layers.write_text(json.dumps(values))
    # Twice: the overview draws the names as well.
    reader = read(api.report([run, copied(run, tmp_path / "again")], out=tmp_path / "page.html"))
    assert scripts_of(reader) == [{}]  # the page's own
    assert f"INVALID: {NASTY}" in reader.text
    assert reader.text.count("<script>alert") > 5


def test_damaged_parts_cost_themselves_only(metered: Path, tmp_path: Path) -> None:
    run = copied(metered, tmp_path / "run")
    (run / "performance" / "times.npy").write_bytes(b"garbage")
    (run / "power" / "samples.npz").write_bytes(b"garbage")
    (run / "timeline.json").write_text("{")
    (run / "accuracy" / "confusion.json").write_text('{"classes": [], "counts": []}')
    (run / "profile.json").write_text("[]")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    reader = read(api.report([tmp_path], out=tmp_path / "page.html"))
    for name in ("times.npy", "samples.npz", "timeline.json", "confusion.json", "profile.json"):
        assert re.search(f"could not be read: .*{name}: damaged", reader.text), name
    assert "run.json: damaged" in reader.text
    assert "Accuracy." in reader.text


def test_an_emulators_clock_makes_no_plot_of_time(metered: Path, tmp_path: Path) -> None:
    image = {
        "board": "b",
        "text_bytes": 1,
        "rodata_bytes": 1,
        "ram_bytes": 1,
        "arena_bytes": 1,
        "stack_bytes": None,
        "instructions_per_inference": 123_456.0,
    }
    device = {
        "port": "board:b",
        "baud": 115_200,
        "name": "b",
        "profile": "",
        "model": "kws01",
        "extensions": "",
        "is_emulated": True,
    }
    run = copied(
        metered, tmp_path / "run", lambda record: record.update(image=image, device=device)
    )
    text = read(api.report([run], out=tmp_path / "page.html")).text
    assert "How long it takes." not in text
    assert "Along the test." not in text
    assert "123,456" in text


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"t_ns": ["x"]}, "`t_ns[0]` must be an integer, not 'x'"),
        ({"t_ns": [1], "colour": []}, "`colour` is unknown"),
        ({"t_ns": [1]}, "lists of different lengths: 1 in `t_ns`, 0 in `frequency_mhz`"),
    ],
)
def test_values_of_another_type_cost_their_plot_only(
    metered: Path, tmp_path: Path, values: dict[str, Any], says: str
) -> None:
    run = copied(metered, tmp_path / "run")
    (run / "timeline.json").write_text(json.dumps(values))
    text = read(api.report([run], out=tmp_path / "page.html")).text
    assert f"timeline.json: damaged: {says}" in text
    assert "How long it takes." in text


def test_there_must_be_something_to_show(tmp_path: Path, metered: Path) -> None:
    with pytest.raises(RunDirectoryInvalid, match="no run directory is in it"):
        api.report([tmp_path], out=tmp_path / "page.html")
    with pytest.raises(EdgebenchError, match="can't be written"):
        api.report([metered], out=Path("/proc/page.html"))


def test_the_command_says_where_the_page_is(metered: Path, tmp_path: Path) -> None:
    done = call("report", metered, "--out", tmp_path / "x" / "page.html", "--title", "Mine")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"report: {tmp_path}/x/page.html\n"
    assert "<h1>Mine</h1>" in (tmp_path / "x" / "page.html").read_text()


def looked_at(page: Path, tmp_path: Path) -> tuple[str, list[str]]:
    """Open a page in a browser; return what it complains of, and what the page asked for."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium here")
    net_log = tmp_path / "net.json"
    done = subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--log-net-log={net_log}",
            f"--user-data-dir={tmp_path}/profile",
            "--no-first-run",
            f"--screenshot={tmp_path}/page.png",
            "--window-size=400,2000",
            f"file://{page}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert (tmp_path / "page.png").stat().st_size > 20_000
    # The browser has errands of its own; the page's are those of a file.
    asked = re.findall(r'site=file://[^"]*","url":"(https?:[^"]+)"', net_log.read_text())
    return "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line), asked


def test_a_browser_finds_no_fault_and_asks_for_nothing(page: Path, tmp_path: Path) -> None:
    assert looked_at(page, tmp_path) == ("", [])
    # It would have been seen: with the policy as a complaint, without it as a request.
    picture = '<main id="main"><img src="http://127.0.0.1:9/x.png">'
    spoilt = page.read_text().replace('<main id="main">', picture)
    (tmp_path / "kept.html").write_text(spoilt)
    complaints, asked = looked_at(tmp_path / "kept.html", tmp_path)
    assert "Content Security Policy" in complaints
    assert asked == []
    (tmp_path / "open.html").write_text(re.sub(r"<meta http-equiv[^>]*>", "", spoilt))
    assert "http://127.0.0.1:9/x.png" in looked_at(tmp_path / "open.html", tmp_path)[1]


def test_no_runs_name_is_written_over_anothers(finished: CompletedRuns) -> None:
    runs = views_of([run.path for run in finished.runs]).runs
    (plot,) = overview_plots([run for run in runs for _ in range(3)])  # marks upon marks
    names = [text for text in re.findall(r"<text[^>]*>[^<]*</text>", plot.svg) if "int8" in text]
    places = {re.search(r'transform="([^"]*)"', name) for name in names}
    assert len(names) == len({match[1] for match in places if match}) == 3 * len(runs)


def test_on_paper_nothing_is_cut_off(page: Path, tmp_path: Path) -> None:
    browser, reader = shutil.which("chromium"), shutil.which("pdftotext")
    if browser is None or reader is None:
        pytest.skip("no chromium, or no pdftotext of poppler-utils here")
    pdf, words = tmp_path / "page.pdf", tmp_path / "words.html"
    subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--user-data-dir={tmp_path}/profile",
            "--no-first-run",
            f"--print-to-pdf={pdf}",
            f"file://{page}",
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )
    subprocess.run([reader, "-bbox", pdf, words], check=True)
    text = words.read_text()
    (width,) = {float(each) for each in re.findall(r'<page width="([\d.]+)"', text)}
    margin = 13 / 25.4 * 72
    ends = [float(each) for each in re.findall(r'xMax="([\d.]+)"', text)]
    assert len(ends) > 300
    assert max(ends) < width - margin + 2
    assert ">VALID" in text


def test_the_axis_of_power_has_the_unit_of_its_caption(metered: Path) -> None:
    (view,) = views_of([metered]).runs
    plot = power(view, "x")
    assert plot is not None
    (unit,) = set(re.findall(r">(m?W|uW)</text>", plot.svg))
    assert re.findall(r"[\d.,]+ (\w*W)\b", plot.note) == [unit] * 3


def test_each_run_has_its_own_figure_in_what_is_said_of_all(
    finished: CompletedRuns, tmp_path: Path
) -> None:
    paths = [
        copied(
            finished.runs[0].path,
            tmp_path / f"run{share}",
            lambda record, share=share: record.update(warnings=[f"overhead is {share}%"]),
        )
        for share in (31, 62)
    ]
    text = read(api.report(paths, out=tmp_path / "report.html")).text
    said = text.partition("Caveats: ")[2]
    assert ("overhead is 31%" in said, "overhead is 62%" in said) == (True, True)
