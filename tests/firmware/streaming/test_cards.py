"""A streaming model is known by its card's task, whatever its file is called."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.errors import UsageError
from edgebench.firmware.building.benchmark import benchmark_of, benchmark_parts
from edgebench.firmware.building.host import build_host
from edgebench.firmware.building.image import build_image, firmware_of
from edgebench.firmware.building.size import size_of
from edgebench.firmware.streaming.source import FILE, detected_above
from edgebench.models.resolve import Model, resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.cli.call import call
from tests.device.conftest import FAST
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.streaming.made import streaming_model

CARD = """
summary = "made"
task = "{task}"
architecture = "made"
licence = "Apache-2.0"
limits = "made"
default_variant = "int8"
{stream}
[quality]
metric = "detections"
target = 8
source = "made"

[variants.int8]
file = "{file}"
sha256 = "{sha256}"
size_bytes = {size}
accuracy = 0.0
accuracy_samples = 0
"""


def carded(folder: Path, task: str = "streaming wake word", stream: str = "[stream]") -> Model:
    """Return a made model by a card of its own."""
    content = streaming_model(seed=2).to_bytes()
    place = folder / "models" / "listener"
    place.mkdir(parents=True)
    (place / "any_name.tflite").write_bytes(content)
    text = CARD.format(
        task=task,
        stream=stream,
        file="any_name.tflite",
        sha256=sha256(content).hexdigest(),
        size=len(content),
    )
    (place / "card.toml").write_text(text)
    return resolve_model("listener")


@pytest.fixture(autouse=True)
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path))


def test_a_card_s_task_makes_a_device_that_listens(tmp_path: Path) -> None:
    model = carded(tmp_path)
    assert benchmark_of(model, None) == "sww01"

    with (
        EmulatedPort(build_host(model), FAST) as port,
        Link(port.port, LinkOptions(FAST)) as link,
    ):
        assert Device(link).wake().model == "sww01"


def test_a_card_s_other_task_and_no_card_do_not(tmp_path: Path) -> None:
    model = carded(tmp_path, task="keyword spotting", stream="")
    assert not benchmark_parts(model, None).streams
    assert benchmark_parts(model, "sww01").streams
    by_path = resolve_model(str(model.path))
    assert benchmark_of(by_path, None) is None
    named = tmp_path / "str_ww_ref_model.tflite"
    named.write_bytes(model.content)
    assert benchmark_of(resolve_model(str(named)), None) is None


def test_a_card_says_which_output_and_from_where_on(tmp_path: Path) -> None:
    model = carded(tmp_path, stream="[stream]\noutput = 2\nthreshold = 0.5")
    assert detected_above(model) == 0
    text = benchmark_parts(model, None).files[FILE]
    assert "eb_detected_output = 2U;" in text
    assert "eb_detected_above = 0;" in text


@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "raspberry-pi-pico", "riscv-virt"])
def test_its_size_is_known_before_it_is_built(board: str, tmp_path: Path) -> None:
    card = board_card(board)
    if shutil.which(firmware_of(card).compiler) is None:
        pytest.skip(f"{firmware_of(card).compiler} is not installed (`make test` installs it)")
    model = carded(tmp_path)
    told, image = size_of(model, card), build_image(model, card)
    assert image.streams
    assert told.fits
    flash = image.text_bytes + image.rodata_bytes
    assert flash <= told.flash.total_bytes <= 1.2 * flash + 2_000
    assert image.stack_bytes is not None
    ram = image.ram_bytes + image.stack_bytes
    assert ram <= told.ram.total_bytes <= 1.1 * ram + 1_200


def test_a_card_s_output_that_is_not_there_is_refused(tmp_path: Path) -> None:
    model = carded(tmp_path, stream="[stream]\noutput = 3")
    with pytest.raises(UsageError, match="has 3 outputs, its card says that number 3 is the wake"):
        build_host(model)


@needs_qemu
def test_deploy_says_that_it_listens(tmp_path: Path) -> None:
    carded(tmp_path)
    done = call("deploy", "listener", "--board", "mps2-an386")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "mps2-an386 answers: model sww01" in said
    assert "it listens; with a recording: edgebench rehearse tiny --benchmarks sww" in said
