"""`edgebench make`, and a model that it made, from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.call import call


def test_a_larger_model_is_made_and_run_by_its_name(tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path / "data")}
    made = call("make", "rm3-edge", "--rows", "1024", **home)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("rm3-edge-r1024:") == 3
    run = call(
        "run",
        "rm3-edge-r1024",
        "--duration",
        "0.1",
        "--warmup",
        "0.1",
        "--scenario",
        "offline",
        "--out",
        tmp_path / "runs",
        **home,
    )
    assert run.returncode == 0, run.stderr
    assert "log-loss" in run.stdout
    assert "rm3-edge-r1024" in call("list", "models", **home).stdout


def test_how_large_must_be_said(tmp_path: Path) -> None:
    for arguments in (("make", "rm3-edge"), ("make", "rm3-edge", "--rows", "9", "--beyond-cache")):
        done = call(*arguments, XDG_DATA_HOME=str(tmp_path))
        assert done.returncode == 2
        assert "Give --rows or --beyond-cache, not both" in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_no_recommendation_model_is_refused(tmp_path: Path) -> None:
    done = call("make", "kws-ds-cnn", "--rows", "99", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "dlrm-edge, rm1-edge, rm2-edge, rm3-edge" in done.stderr
    done = call("reduce", "dlrm-edge", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "edgebench make" in done.stderr
