"""What is not there is a usage error with the nearest name, whatever command is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.cli import main


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose name is nearly typed."""
    (tmp_path / "edgebench-runs").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("run --scenario servr", "server"),
        ("run --mode performace", "performance"),
        ("run --runtime litrt", "litert"),
        ("run --dataset kwss", "kws"),
        ("run --power virtul", "virtual"),
        ("run --duraton 3", "--duration"),
        ("list bords", "boards"),
        ("tune kws-ds-cnn --objective latncy", "latency"),
        ("size kws-ds-cnn --board nrf52840", "nrf52840-dk"),
        ("size machine --board mps2-an386", None),
        ("show scene-mobilnet", "scene-mobilenet"),
        ("show digits-resnet9", "digits-resnet8"),
        ("summary edgebench-run", "edgebench-runs"),
        ("report edgebenchruns --out x.html", "edgebench-runs"),
        ("summary nowhere", None),
        ("report nowhere --out x.html", None),
        ("show nowhere.tflite", None),
        ("compare nowhere x", None),
        ("power integrate nowhere.csv", None),
        ("submt", "submit"),
    ],
)
def test_it_is_a_usage_error_with_the_nearest_name(
    words: str, near: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert "Traceback" not in said
    if near is not None:
        assert "did you mean" in said.lower()
        assert near in said.lower().partition("did you mean")[2]


@pytest.mark.parametrize(
    ("words", "new"),
    [
        ("tune kws-ds-cnn --bound-ms 3", "--latency-bound"),
        ("power record --seconds 3", "--duration"),
        ("reduce kws-ds-cnn --sweep", "--all"),
        ("pull x --from y", "--source"),
        ("submit tiny --version v1.3", "--round"),
        ("submit tiny --system x.json", "--system-file"),
        ("submit inference --version v6.1", "--round"),
        ("submit inference --system x.json", "--system-file"),
        ("check x --version v6.1", "--round"),
        ("check x --official y", "--official-checkout"),
        ("check x --official=y", "--official-checkout"),
    ],
)
def test_an_option_that_was_renamed_is_said(
    words: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert " ".join(said.split()).count(f"It is called {new} now.") == 1
    assert "Did you mean" not in said
