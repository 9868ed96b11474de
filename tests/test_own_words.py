"""Whatever a value is that a user, a file or a program gives, the error is in our own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.device.options import LinkOptions
from edgebench.device.port.opening import open_port
from edgebench.errors import (
    CardInvalid,
    DeviceNotFound,
    MeterNotFound,
    ModelInvalid,
    RunDirectoryInvalid,
    TraceInvalid,
    TunedMissing,
    UsageError,
)
from edgebench.harness.run.sweep import parse_sweep
from edgebench.models.packages.catalog import catalog
from edgebench.models.packages.pull import pull
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.power.acquisition.connections.port import MeterPort
from edgebench.power.meters.command import CommandMeter
from edgebench.power.meters.ptdaemon.answers import check_identity
from edgebench.power.meters.ptdaemon.connection import PtdConnection
from edgebench.power.meters.scpi.cards import scpi_cards
from edgebench.power.traces.formats.npz import load_trace
from edgebench.results.check.files import read_object
from edgebench.results.check.finding import Findings
from edgebench.rundir.contents.confusion import read_confusion
from edgebench.runtime_settings import setting_from_text
from edgebench.serial_url import url_fault
from edgebench.tuning.store import tuned_file, tuned_settings
from tests.models.made_models import open_image_model
from tests.pythons_words import PYTHONS_WORDS

MANY_DIGITS = "1" * 5000


def require_own_words(raised: BaseException, says: str) -> None:
    text = str(raised)
    assert not PYTHONS_WORDS.search(text), text
    assert says in text, text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("socket://h:abc", "its port is 'abc', which is no number from 0 to 65535"),
        ("socket://127.0.0.1:99999", "its port is '99999'"),
        ("socket://h:" + MANY_DIGITS, "its port is '1111"),
        ("socket://h:\u0661\u0662", "its port is"),
        ("socket://h:", "its port is ''"),
        ("socket://h", "it names no host, or no port: socket://HOST:PORT"),
        ("socket://", "it names no host, or no port"),
        ("socket://[::1", "its host is no name and no address"),
        ("socket://h:1?speed=2", "it has an option 'speed'; choose from logging"),
        ("socket://h:1?logging=all", "its option logging can't be 'all'"),
        ("RFC2217://h:x", "its port is 'x'"),
        ("rfc2217://h:1?timeout=soon", "its option timeout can't be 'soon'"),
        ("rfc2217://h:1?timeout=nan", "its option timeout can't be 'nan'"),
        ("loop://x?y", "it has an option 'y'; choose from logging"),
        ("/dev/tty\0", "it has a NUL byte in it"),
    ],
)
def test_an_address_of_a_port(url: str, says: str) -> None:
    with pytest.raises(DeviceNotFound) as device:
        open_port(url, LinkOptions())
    require_own_words(device.value, says)
    with pytest.raises(MeterNotFound) as meter:
        MeterPort("lpm01a", url, 9600)
    require_own_words(meter.value, says)


@pytest.mark.parametrize(
    "url",
    [
        "/dev/ttyACM0",
        "COM3",
        "loop://",
        "socket://10.0.0.2:4000",
        "socket://[::1]:4000",
        "rfc2217://box:1?ign_set_control&timeout=3",
        "socket://box:65535?logging=debug",
        "hwgrep://0403:6001",
    ],
)
def test_a_sound_address_has_no_fault(url: str) -> None:
    assert url_fault(url) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("threads=1,two", "'two' is not a whole number"),
        ("threads=" + MANY_DIGITS, "is not a whole number"),
        ("threads", "'' is not a whole number"),
        ("batch=1.5", "'1.5' is not a whole number"),
        ("frequency=fast", "'fast' is not a number of MHz"),
        ("affinity=0-" + MANY_DIGITS, "is not a list of CPUs such as 0,2-3"),
    ],
)
def test_a_sweep(text: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_sweep(text)
    require_own_words(raised.value, says)


def test_a_setting() -> None:
    for name in ("threads", "batch"):
        with pytest.raises(ValueError, match="'x' is not a whole number"):
            setting_from_text(name, "x")


def _kept(**changes: Any) -> str:
    usual = {"format": "edgebench-tuned", "version": 1, "machine": {}, "chosen": {}}
    return json.dumps({**usual, **changes})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{}", "not what this version of edgebench writes"),
        ("[]", "not what this version of edgebench writes"),
        ("7", "not what this version of edgebench writes"),
        ('{"format": "x", "version": 1}', "not what this version of edgebench writes"),
        ('{"format": "edgebench-tuned", "version": 2}', "`version` must be one of 1, not 2"),
        (_kept(machine=7), "`machine` must be an object, not 7"),
        (_kept(chosen={"threads": "2"}), "`chosen.threads` must be an integer, not '2'"),
        (_kept(chosen={"threads": 0}), "`threads` must be an integer of at least 1, not 0"),
        (_kept(chosen={"speed": 1}), "`chosen.speed` is unknown"),
        ("{", "damaged"),
    ],
)
def test_a_file_of_tuned_settings(content: str, says: str, dense_tflite: Path) -> None:
    model = resolve_model(str(dense_tflite))
    path = tuned_file(model.sha256, "latency", model.measured_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    with pytest.raises(TunedMissing) as raised:
        tuned_settings(model, "latency")
    require_own_words(raised.value, says)


@pytest.mark.parametrize(
    "about", ['{"format": "edgebench power trace 3"}', "[]", "7", '"x"', "{}", "{", None]
)
def test_a_power_trace(about: str | None, tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    times = np.array(["a", "b"])
    if about is None:
        np.savez(path, t_ns=times)
    else:
        np.savez(path, t_ns=times, about=np.array(about))
    with pytest.raises(TraceInvalid) as raised:
        load_trace(path)
    require_own_words(raised.value, "no power trace of edgebench's")


def test_a_confusion_matrix_of_huge_numbers(tmp_path: Path) -> None:
    values = {"classes": ["a"], "counts": [[1 << 70]]}
    (tmp_path / "confusion.json").write_text(json.dumps(values))
    with pytest.raises(RunDirectoryInvalid) as raised:
        read_confusion(tmp_path)
    require_own_words(raised.value, "a number in `counts` has over 64 bits")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"1" * 5000, b"[" * 100_000])
def test_a_json_file_of_a_submission(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "system.json"
    path.write_bytes(content)
    findings = Findings(tmp_path)
    assert read_object(findings, path) is None
    (found,) = findings.found
    require_own_words(ValueError(found.text), "can't be read: ")


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ("identity = '('\npower = 'P?'", "`identity` is no regular expression"),
        ("identity = 'x'\npower = 'P? {nothing}'", "only {channel} and {volts} may stand"),
        ("identity = 'x'\npower = 'P? {'", "only {channel} and {volts} may stand"),
        ("identity = 'x'\npower = 'P? {0}'", "only {channel} and {volts} may stand"),
        ("identity = 'x'\npower = 'P? {volts.x}'", "only {channel} and {volts} may stand"),
        ("identity = 'x'", "no query for power"),
    ],
)
def test_a_card_of_an_instrument(card: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "cards.toml"
    path.write_text(f"[mine]\n{card}\n")
    with pytest.raises(CardInvalid) as raised:
        scpi_cards(path)
    require_own_words(raised.value, says)


@pytest.mark.parametrize("mirror", ["http://[::1/x", "http://h:abc/x"])
def test_a_mirror(mirror: str) -> None:
    with pytest.raises(UsageError) as raised:
        pull(next(iter(catalog())), mirror=mirror)
    require_own_words(raised.value, "its host is no name and no address")


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda: CommandMeter("a 'b"), "a quotation mark is not closed"),
        (lambda: CommandMeter("a \\"), "it ends in a backslash"),
        (lambda: PtdConnection("a" * 70 + ".x", 1), "its host is no name"),
        (lambda: PtdConnection("127.0.0.1", 1 << 70), "its port is above 65535"),
    ],
)
def test_an_address_of_a_meter(attempt: Callable[[], object], says: str) -> None:
    with pytest.raises(MeterNotFound) as raised:
        attempt()
    require_own_words(raised.value, says)


def test_a_version_of_ptdaemon_of_thousands_of_digits() -> None:
    with pytest.raises(MeterNotFound) as raised:
        check_identity("here", f"version={MANY_DIGITS}.1.1")
    require_own_words(raised.value, "ptdaemon: here reports no version: 'version=1111")


def test_a_model_with_a_changed_byte() -> None:
    """Whatever is damaged: the first bytes are the tables, behind them are the weights."""
    sound = open_image_model().to_bytes()
    rng = np.random.default_rng(21)
    said = set()
    for _ in range(600):
        damaged = bytearray(sound)
        for place in rng.integers(8, len(sound), 3):
            damaged[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        try:
            unpacked(bytes(damaged), "x.tflite")
        except ModelInvalid as error:
            require_own_words(error, "x.tflite: ")
            said.add(str(error))
    assert len(said) > 20
