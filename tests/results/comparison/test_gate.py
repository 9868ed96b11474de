"""Whether a change passes: what a build server asks."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import edgebench
from edgebench.cli import main
from edgebench.errors import UsageError
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.comparison.compare_runs import RunChange
from edgebench.results.comparison.gate import gate, outcome_of
from edgebench.results.comparison.junit import write_junit
from edgebench.statistics.change import Change, Verdict
from tests.cli.call import call
from tests.conftest import ROOT
from tests.results.made_runs import with_latency

PAGE = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")


def changed(
    ratio: float,
    low: float,
    high: float,
    verdict: Verdict,
    *,
    runs: int = 5,
    quantity: str = "median latency",
) -> RunChange:
    change = Change(100.0, 100.0 * ratio, ratio, low, high, verdict, "")
    return RunChange("model", "SingleStream", quantity, "ns", change, runs, runs, (), ())


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (changed(1.10, 1.06, 1.14, "slower"), "failed"),
        (changed(0.90, 0.85, 0.95, "faster", runs=1), "passed"),
        (changed(1.01, 0.99, 1.03, "can't tell"), "passed"),
        (changed(1.02, 1.01, 1.03, "slower"), "passed"),
        (changed(1.04, 1.01, 1.08, "slower"), "undecided"),
        (changed(1.01, 0.90, 1.20, "can't tell"), "undecided"),
        (changed(1.0, 1.0, 1.0, "can't tell", runs=1), "undecided"),
        (
            changed(1.0, 1.0, 1.0, "can't tell", runs=1, quantity="instructions per inference"),
            "passed",
        ),
    ],
)
def test_a_change_passes_fails_or_is_undecided(change: RunChange, outcome: str) -> None:
    (found,) = gate([change], 0.05)
    assert found.outcome == outcome
    assert found.reason
    assert outcome_of([found]) == outcome


def test_what_is_undisturbed_can_fail_but_leaves_nothing_undecided() -> None:
    median = changed(1.0, 0.99, 1.01, "can't tell")
    best = "undisturbed median latency"
    unknown = changed(1.0, 0.9, 1.2, "can't tell", quantity=best)
    slower = changed(1.2, 1.1, 1.3, "slower", quantity=best)
    assert [each.outcome for each in gate([median, unknown], 0.05)] == ["passed"]
    assert outcome_of(gate([median, slower], 0.05)) == "failed"


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("median latency", ("slower", "faster")),
        ("energy per inference", ("more", "less")),
        ("instructions per inference", ("more", "fewer")),
    ],
)
def test_a_reason_has_the_words_of_its_quantity(quantity: str, words: tuple[str, str]) -> None:
    worse = changed(1.10, 1.06, 1.14, "slower", quantity=quantity)
    better = changed(0.90, 0.85, 0.95, "faster", quantity=quantity)
    reasons = [each.reason for each in gate([worse, better], 0.05)]
    assert reasons == [f"10.0% {words[0]}, more than 5.0%", f"10.0% {words[1]}"]


def test_an_interval_with_the_limit_in_it_is_called_so() -> None:
    (found,) = gate([changed(1.01, 0.90, 1.20, "can't tell")], 0.05)
    assert found.reason == "the 95 % interval includes 5.0%; repeat each more often"


@pytest.mark.parametrize("share", [5, 1.0, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match=r"`share` must be from 0 to below 1 \(0\.05 is 5 %\)"):
        gate([], share)


def test_what_is_missing_afterwards_is_undecided(
    folders: Path, finished: CompletedRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    (offline,) = (run.path for run in finished.runs if run.record.scenario == "Offline")
    shutil.copytree(offline, folders / "baseline" / "offline")
    before, after = folders / "now", folders / "baseline"
    assert outcome_of(edgebench.gate(before, after)) == "passed"  # what is new is no loss
    found = edgebench.gate(after, before, share=0.5)
    assert [each.compared.scenario for each in found if each.outcome == "undecided"] == ["Offline"]
    assert found[-1].reason == "it has results before and none after"
    words = ["compare", str(after), str(before), "--fail-if-slower", "50%"]
    for more, code in (([], 0), (["--require-decision"], 1)):
        with pytest.raises(SystemExit) as ended:
            main([*words, *more])
        assert ended.value.code == code
        assert "undecided: kws-ds-cnn Offline, all of it" in capsys.readouterr().err


def test_junit_has_a_case_per_quantity(tmp_path: Path) -> None:
    gated = gate(
        [
            changed(1.10, 1.06, 1.14, "slower"),
            changed(1.0, 0.8, 1.2, "can't tell"),
            changed(0.9, 0.8, 0.95, "faster"),
        ],
        0.05,
    )
    write_junit(tmp_path / "new" / "gate.xml", gated)
    (suite,) = ElementTree.parse(tmp_path / "new" / "gate.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["3", "1", "1"]
    assert [[child.tag for child in case] for case in suite] == [["failure"], ["skipped"], []]
    assert suite[0].get("name") == "SingleStream median latency"
    write_junit(tmp_path / "gate.xml", gated, fail_undecided=True)
    (suite,) = ElementTree.parse(tmp_path / "gate.xml").getroot()
    assert suite.get("failures") == "2"


@pytest.fixture
def folders(finished: CompletedRuns, tmp_path: Path) -> Path:
    """A folder with three repeats each of a baseline and of what is 20 % slower now."""
    stream = next(run.path for run in finished.runs if run.record.scenario == "SingleStream")
    for number in range(3):
        with_latency(stream, tmp_path / "baseline" / f"{number}", 100_000, 0.02, 2 * number)
        with_latency(stream, tmp_path / "now" / f"{number}", 120_000, 0.02, 2 * number + 1)
    return tmp_path


def test_the_command_of_the_page_prints_the_outcome_and_ends_with_it(folders: Path) -> None:
    (typed,) = re.findall(r"^ +edgebench (compare baseline now .*) > gate.md$", PAGE, re.MULTILINE)
    words = typed.replace("baseline", f"{folders}/baseline").replace("now", f"{folders}/now")
    failed = call(*words.replace("gate.xml", f"{folders}/gate.xml").split())
    assert failed.returncode == 1
    assert "gate at 5.0%: failed" in failed.stderr
    assert failed.stdout.startswith("| model |")
    assert ElementTree.parse(folders / "gate.xml").getroot()[0].get("failures") == "2"


def test_what_is_undecided_fails_only_where_a_decision_is_required(folders: Path) -> None:
    """One run can't be told apart from itself."""
    words = ("compare", folders / "now" / "0", folders / "now" / "0", "--fail-if-slower", "0.05")
    alone = call(*words)
    assert (alone.returncode, "gate at 5.0%: undecided" in alone.stderr) == (0, True)
    assert call(*words, "--require-decision").returncode == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--fail-if-slower", "5"), "'5' would be 500%; write 5% or 0.05"),
        (("--fail-if-slower", "1"), "'1' would be 100%"),
        (("--fail-if-slower", "100%"), "'100%' would pass whatever it costs"),
        (("--junit", "gate.xml"), "need --fail-if-slower"),
        (("--require-decision",), "need --fail-if-slower"),
    ],
)
def test_a_share_that_was_meant_as_percent_is_refused(words: tuple[str, ...], says: str) -> None:
    refused = call("compare", "a", "b", *words)
    assert refused.returncode == 2
    assert says in " ".join(refused.stderr.split())


def test_the_test_of_the_page_runs(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "results.md", "exec"), names)
    monkeypatch.chdir(folders)
    with pytest.raises(AssertionError, match=r"more than 5\.0%"):
        names["test_it_is_not_slower"]()
    (folders / "now").rename(folders / "slower")
    (folders / "baseline").rename(folders / "now")
    (folders / "slower").rename(folders / "baseline")
    names["test_it_is_not_slower"]()
    assert [each.outcome for each in edgebench.gate("baseline", "now")] == ["passed"] * 2
