"""A result file is checked although mlperf-logging, or its rulesets, are not there any more."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from edgebench.training.to_quality.check import check_result, newest_ruleset
from edgebench.training.to_quality.goal import OWN_RULES, Goal

GOAL = Goal("digits-resnet8", "digits", OWN_RULES, "top1", 97.0, 10)


@pytest.mark.parametrize("rulesets", [(), ("training_next", "inference_6.0.0")])
def test_without_a_ruleset_the_verdict_has_the_checkers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rulesets: tuple[str, ...]
) -> None:
    package = tmp_path / "mlperf_logging"
    for name in rulesets:
        (package / "compliance_checker" / name).mkdir(parents=True)
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "mlperf_logging", raising=False)
    importlib.invalidate_caches()
    assert newest_ruleset() == "2.1.0"
    verdict = check_result(tmp_path / "result_0.txt", GOAL)
    assert not verdict.passed
    assert "mlperf_logging.compliance_checker" in verdict.reason


def test_of_several_rulesets_the_newest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("training_4.1.0", "training_10.0.0", "training_9.1.0"):
        (tmp_path / "mlperf_logging" / "compliance_checker" / name).mkdir(parents=True)
    (tmp_path / "mlperf_logging" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mlperf_logging", raising=False)
    assert newest_ruleset() == "10.0.0"


def test_without_the_package_there_is_a_ruleset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlperf_logging", None)  # as if it were not installed
    assert newest_ruleset() == "2.1.0"
