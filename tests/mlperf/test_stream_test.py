from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgebench.errors import DatasetInvalid
from edgebench.mlperf.tiny.stream_test import (
    StreamTest,
    read_stream_tests,
    write_stream_tests,
)
from tests.conftest import SHARED

GOOD: dict[str, Any] = {
    "wav_file": "short.wav",
    "sample_rate": 16000,
    "length_sec": 10.0,
    "detection_windows": [[1.0, 1.6], [4, 4.75]],
}


def written(folder: Path, *tests: Any) -> Path:
    path = folder / "tests.json"
    path.write_text(json.dumps(list(tests)))
    return path


def test_a_definition_is_read_and_written(tmp_path: Path) -> None:
    (test,) = read_stream_tests(written(tmp_path, {**GOOD, "comment": "of ours"}))
    assert test == StreamTest("short.wav", 16000, 10.0, ((1.0, 1.6), (4.0, 4.75)))
    write_stream_tests(tmp_path / "again.json", [test])
    assert read_stream_tests(tmp_path / "again.json") == (test,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wav_file": ""}, "`wav_file` must be a file's name"),
        ({"wav_file": "../up.wav"}, "`wav_file` must be a file's name"),
        ({"wav_file": ".."}, "`wav_file` must be a file's name"),
        ({"wav_file": "a\0.wav"}, "`wav_file` must be a file's name"),
        ({"wav_file": "a\ud800.wav"}, "`wav_file` must be a file's name"),
        ({"wav_file": "a\n.wav"}, "`wav_file` must be a file's name"),
        ({"wav_file": 5}, "`wav_file` must be a string"),
        ({"sample_rate": 16}, "`sample_rate` must be in Hz, such as 16000, not 16"),
        ({"sample_rate": 16000.5}, "`sample_rate` must be an integer"),
        ({"length_sec": 0}, "`length_sec` must be seconds above 0"),
        ({"length_sec": "10 s"}, "`length_sec` must be a number"),
        ({"detection_windows": [[1000, 1600]]}, r"ends at 1600, after the recording's 10 s"),
        ({"detection_windows": [[1.0, 1.0]]}, r"\[0\]` must begin at 0 or later and end after"),
        ({"detection_windows": [[-0.1, 1.0]]}, r"must begin at 0 or later"),
        ({"detection_windows": [[1.0, 2.0, 3.0]]}, r"must be \[begin, end\] of a word"),
        ({"detection_windows": [[4, 5], [4.5, 6]]}, r"\[1\]` begins at 4.5 s, before the one"),
        ({"detection_windows": [1.0, 2.0]}, r"`detection_windows\[0\]` must be a list"),
    ],
)
def test_what_can_t_be_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetInvalid, match=message) as caught:
        read_stream_tests(written(tmp_path, GOOD, {**GOOD, **change}))
    assert "tests.json, test 2: " in str(caught.value)


@pytest.mark.parametrize("key", GOOD)
def test_every_key_is_required(tmp_path: Path, key: str) -> None:
    with pytest.raises(DatasetInvalid, match=f"`{key}` is missing"):
        read_stream_tests(written(tmp_path, {k: v for k, v in GOOD.items() if k != key}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "not JSON"),
        ("{}", "must be a list of streaming tests"),
        ("[]", "with one at least"),
        ('[{"length_sec": NaN}]', "not JSON: NaN"),
        ("[3]", "the whole must be an object"),
    ],
)
def test_what_is_no_list_of_tests_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "tests.json").write_text(text)
    with pytest.raises(DatasetInvalid, match=message):
        read_stream_tests(tmp_path / "tests.json")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match=r"none\.json: can't be read"):
        read_stream_tests(tmp_path / "none.json")


@pytest.mark.parametrize(("size", "words"), [("short", 3), ("med", 8), ("long", 50)])
def test_mlcommons_definitions_are_read(size: str, words: int) -> None:
    path = SHARED / f"mlperf_tiny/sww01/sww_{size}_test.json"
    if not path.is_file():
        pytest.skip(f"{path}: MLPerf Tiny's definition is not there")
    (test,) = read_stream_tests(path)
    assert (len(test.detection_windows), test.sample_rate) == (words, 16000)
