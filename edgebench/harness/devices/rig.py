"""A serial device for a run: the port or its emulation, the transcript, who it is, its model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from edgebench.boards.card import board_card
from edgebench.clock import now_ns, utc_now, utc_stamp
from edgebench.close_on_exit import CloseOnExit
from edgebench.datasets.dataset import Dataset
from edgebench.device.client import Device
from edgebench.device.console import talk
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.device.port.transcript import Transcript
from edgebench.device_place import BoardImage, EmulatedDevice
from edgebench.errors import (
    DeviceError,
    DeviceMismatch,
    EdgebenchError,
    FolderNotWritable,
    ModelNotFound,
)
from edgebench.events import OnEvent
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.building.image import Image, ImageOptions, build_image
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.devices.input_trial import settle_input
from edgebench.harness.request_defaults import DEFAULT_MODEL
from edgebench.mlperf.tiny.inputs import TINY_INPUTS, TinyBenchmark
from edgebench.models.card import model_cards
from edgebench.models.packages.pulled import PACKAGES, device_model_of, pulled_data
from edgebench.models.prefix import until_op
from edgebench.models.resolve import Model, resolve_model
from edgebench.rundir.layout import ANSWERS, TRANSCRIPT
from edgebench.rundir.records.device import DeviceRecord, EstimateRecord, ImageRecord
from edgebench.rundir.writer import RunDirectory
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import SystemUnderTest
from edgebench.sut.device import Answer, AnswerBook, DeviceSut
from edgebench.text.sentences import and_then
from edgebench.virtual.emulated_device import EmulatedPort

SHORT_NAMES = {
    "kws": "kws-ds-cnn",
    "ic": "digits-resnet8",
    "ic2": PACKAGES["ic02"],
    "ad": "machine-autoencoder",
    "vww": "scene-mobilenet",
}
"""MLPerf Tiny's tasks, for ``emulated:kws`` and the like."""


class DeviceRig(CloseOnExit):
    """A context manager: the device is open and known inside.

    Parameters
    ----------
    model
        What the user named; None for what the device says.
    until
        The op before which the model ends; None: it is whole.
    marker
        What an emulated device's marker pin is wired to.
    needs_timestamps
        False: a build for energy mode, which gives none, will do.

    Raises
    ------
    DeviceError, UsageError
        If the device can't be reached or its model is not known here.
    """

    def __init__(
        self,
        asked: DeviceRequest,
        model: str | None,
        marker: Path | None = None,
        *,
        until: str | None = None,
        needs_timestamps: bool = True,
    ) -> None:
        self._asked = asked
        self._until = until
        self._needs_timestamps = needs_timestamps
        self._named = model
        self._marker = marker
        self._stack = ExitStack()
        self._on_event: OnEvent | None = None
        self._early: list[str] = []
        self._repairs = 0
        self._book: AnswerBook | None = None
        self.sut: DeviceSut
        self.image: Image | None = None
        self.dataset: str | None = None
        self._clock: Callable[[], int] = now_ns
        self.is_emulated = isinstance(asked.place, EmulatedDevice | BoardImage)

    def __enter__(self) -> Self:
        with self._stack:
            port = self._port()
            self.transcript = self._stack.enter_context(Transcript())
            options = LinkOptions(self._asked.baud, self._asked.reset)
            link = self._stack.enter_context(Link(port, options, self.transcript, self._clock))
            self.device = Device(
                link,
                self._asked.verify,
                self._asked.retries,
                self._note,
                clock_is_real=self.image is None and not self._asked.emulator_clock,
                timeout_s=self._asked.timeout_s,
            )
            try:
                self.device.wake()
            except DeviceError as error:
                raise self._with_transcript(error) from error
            self.model = until_op(self._model(), self._until)
            if self._asked.fast_baud is not None:
                self.device.change_baud(self._asked.fast_baud)
            self._stack = self._stack.pop_all()
        return self

    def close(self) -> None:
        """Let go of the device, of its port and of whatever emulates it."""
        self.stop_keeping()
        self._stack.close()

    def _with_transcript(self, error: DeviceError) -> DeviceError:
        """Keep what was said on the line, which has no run directory yet; say where it is."""
        try:
            path = cache_folder("transcripts").ready() / f"{utc_stamp(utc_now())}.txt"
            self.transcript.write_to(path)
        except (OSError, FolderNotWritable):
            return error
        return type(error)(and_then(error, f"Every byte of it is in {path}"))

    def _port(self) -> str:
        place = self._asked.place
        if isinstance(place, BoardImage):
            self._named = self._named or DEFAULT_MODEL
            board = board_card(place.board)
            options = ImageOptions(
                self._asked.optimize,
                benchmark=benchmark_for(self._asked, self._named),
                engine=self._asked.engine,
            )
            named = until_op(resolve_model(self._named), self._until)
            self.image = build_image(named, board, options)
            emulated = self._stack.enter_context(EmulatedBoard(self.image))
            self._clock = emulated.clock
            return emulated.port
        if isinstance(place, EmulatedDevice):
            self._named = self._named or emulated_model(place)
        return open_port(self._asked, self._stack, self._named, self._marker, self._until)

    def _model(self) -> Model:
        """Return the model that the device runs: the user's, or the one of the device's name."""
        if self._named is not None:
            self.dataset = pulled_data(self._named)
            return resolve_model(self._named)
        said = self.device.identity.model
        package = PACKAGES.get(said)
        if package is not None:
            return self._pulled(said, package)
        try:
            if said not in model_cards():
                raise ModelNotFound(said)
            return self._variant_of(said)
        except ModelNotFound as error:
            raise DeviceMismatch(
                f"the device says that its model is {said or 'nothing at all'!r}, which is not "
                "known here: name its .tflite with `model`",
                field="model",
            ) from error

    def _pulled(self, said: str, package: str) -> Model:
        """Return a pulled package's int8 model; its samples become the run's dataset."""
        try:
            model = resolve_model(package)
        except ModelNotFound as error:
            raise DeviceMismatch(
                f"the device runs {said}: `edgebench pull {package}` fetches its .tflite, or name "
                "yours with `model`",
                field="model",
            ) from error
        self.dataset = pulled_data(package)
        return model

    def _variant_of(self, name: str) -> Model:
        """Return the variant of a card whose SHA-256 the device tells; the default if none."""
        extensions = self.device.identity.extensions
        digest = extensions.values.get("model", "") if extensions else ""
        for variant in model_cards()[name].variants:
            model = resolve_model(f"{name}:{variant}")
            if digest and model.sha256.startswith(digest):
                return model
        return resolve_model(name)

    def open_sut(self, model: Model, options: RuntimeSettings) -> SystemUnderTest:
        """Open the device as a system under test: `Prepared.factory`."""
        self.sut = DeviceSut(
            model, self.device, self._asked.port, needs_timestamps=self._needs_timestamps
        )
        return self.sut

    def settle_input(self, dataset: Dataset) -> None:
        """Find out what the device takes as inputs, by its first answers."""
        settle_input(self.sut, self.device, self.model, dataset, self._asked.input_format)

    def begin(self, directory: RunDirectory) -> None:
        """Keep from here on what happens in a run directory."""
        self.transcript.write_to(directory.path / TRANSCRIPT)
        self._on_event = directory.event
        for text in self._early:
            directory.event(text)
        self._early.clear()
        self._repairs = 0
        identity, link = self.device.identity, self.device.link
        extensions = identity.extensions
        values = extensions.values if extensions else {}
        directory.record.device = DeviceRecord(
            port=self._asked.port,
            baud=link.baud,
            name=identity.name,
            profile=identity.profile,
            model=identity.model,
            extensions=" ".join(f"{key}={value}" for key, value in values.items()),
            is_emulated=self.is_emulated,
            engine=identity.engine or (OWN if extensions else ""),
        )
        if self.image is not None:
            directory.record.image = image_record(self.image)

    def keep_answers(self, directory: RunDirectory) -> dict[int, Answer]:
        """Keep every answer from here on in the run directory; return the live table of them."""
        self._book = AnswerBook(directory.path / ANSWERS)
        self.sut.book = self._book
        return self._book.answers

    def stop_keeping(self) -> None:
        """Stop that."""
        if self._book is not None:
            self._book.close()
            self._book = self.sut.book = None

    def timed(self, directory: RunDirectory) -> None:
        """Note after a timed test how often something was repaired in it, and the line's rate."""
        device, repairs = directory.record.device, self._repairs
        self._repairs = 0
        if device is not None:
            directory.record.device = replace(
                device, repairs=device.repairs + repairs, baud=self.device.link.baud
            )

    def _note(self, text: str) -> None:
        self._repairs += 1
        if self._on_event is None:
            self._early.append(text)
        else:
            self._on_event(text)


def image_record(
    image: Image,
    us_per_inference: float | None = None,
    estimate: EstimateRecord | None = None,
) -> ImageRecord:
    """Return an image's record; with a time of the emulator's clock, instructions."""
    emulator = image.board.emulator
    counts = us_per_inference is not None and emulator is not None
    return ImageRecord(
        board=image.board.name,
        text_bytes=image.text_bytes,
        rodata_bytes=image.rodata_bytes,
        ram_bytes=image.ram_bytes,
        arena_bytes=image.arena_bytes,
        stack_bytes=image.stack_bytes,
        instructions_per_inference=(us_per_inference or 0.0) * emulator.instructions_per_us
        if counts and emulator is not None
        else None,
        estimate=estimate,
        compiler=image.compiler,
    )


def emulated_model(place: EmulatedDevice) -> str:
    """Return the model that an emulated device has: a card's, by its name or MLPerf Tiny's."""
    name, colon, variant = place.model.partition(":")
    return SHORT_NAMES.get(name, name) + colon + variant


def benchmark_for(asked: DeviceRequest, model: str | None) -> TinyBenchmark | None:
    """Return the benchmark of MLPerf Tiny that firmware is built for.

    The one that was asked for, or that of a model which `edgebench pull` fetched.
    """
    of_package = device_model_of(model or "")
    return asked.benchmark or next((each for each in TINY_INPUTS if each == of_package), None)


def open_port(
    asked: DeviceRequest,
    stack: ExitStack,
    model: str | None = None,
    marker: Path | None = None,
    until: str | None = None,
) -> str:
    """Return the port to open: a real one, or an emulated device's, started on the stack.

    Raises
    ------
    ToolchainMissing, BuildFailed, ModelNotSupported
        If the emulated device can't be built.
    """
    if not isinstance(asked.place, EmulatedDevice):
        return asked.port
    name = model or emulated_model(asked.place)
    benchmark = benchmark_for(asked, name)
    options = HostOptions(asked.extensions, benchmark=benchmark, engine=asked.engine)
    program = build_host(until_op(resolve_model(name), until), options)
    return stack.enter_context(EmulatedPort(program, asked.baud, asked.inject, marker)).port


def talk_to(
    asked: DeviceRequest, lines: Iterable[str], show: Callable[[str], None], transcript: Path
) -> None:
    """Open a device and talk to it by hand; see `edgebench.device.console.talk`.

    Raises
    ------
    EdgebenchError
        If not every byte could be kept.
    """
    with ExitStack() as stack:
        port = open_port(asked, stack)
        kept = stack.enter_context(Transcript(transcript, show))
        link = stack.enter_context(Link(port, LinkOptions(asked.baud, asked.reset), kept))
        talk(link, lines, show)
    if kept.fault:
        raise EdgebenchError(f"{transcript}: not every byte could be kept: {kept.fault}")
