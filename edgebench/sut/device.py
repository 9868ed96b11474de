"""A serial device as a system under test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.close_on_exit import CloseOnExit
from edgebench.datasets.dataset import Sample
from edgebench.device.client import Device
from edgebench.device.options import InputFormat
from edgebench.device.timing import Timed
from edgebench.errors import DeviceMismatch, RunDirectoryInvalid, SutFailed
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import alignment_of, block_bytes, block_of, parts_of
from edgebench.models.tflite.tensors import decoded
from edgebench.rundir.records.sut import SutDescription
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import Inference
from edgebench.sut.device_input import wire_block
from edgebench.sut.device_sequence import SampleSequence
from edgebench.sut.samples import encode_samples
from edgebench.text.json_text import json_text, parse_json
from edgebench.text.printable import quoted

DEVICE_CLOCK = "device m-lap-us"
SCORE_BYTES = 4
"""A device that prints one number for a larger output gives a score: a float32."""


@dataclass(frozen=True)
class Answer:
    """A sample's output as bytes, the device's time for it, and what it printed."""

    output: bytes
    device_us: int
    results: tuple[float, ...]


class AnswerBook:
    """Answers of an accuracy run, kept in a file as they come: a run that fails goes on there.

    A line that is cut short, the last one of a run that was killed, is left out.

    Raises
    ------
    RunDirectoryInvalid
        If the file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.answers: dict[int, Answer] = {}
        try:
            lines = _lines_of(path)
            self._file = path.open("a", encoding="ascii", buffering=1)
        except OSError as error:
            raise RunDirectoryInvalid(f"{path}: can't be read: {refusal(error)}") from error
        for line in lines:
            with suppress(ValueError, KeyError, TypeError, OverflowError):
                entry = parse_json(line)
                self.answers[int(entry["sample"])] = Answer(
                    bytes.fromhex(entry["output"]),
                    int(entry["device_us"]),
                    tuple(map(float, entry["results"])),
                )

    def add(self, index: int, answer: Answer) -> None:
        """Keep an answer."""
        self.answers[index] = answer
        entry = {
            "sample": index,
            "output": answer.output.hex(),
            "device_us": answer.device_us,
            "results": answer.results,
        }
        self._file.write(json_text(entry, indent=None) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class DeviceSut(CloseOnExit):
    """A device behind a serial line; one lane.

    With slots of its own the device holds samples ready, as LoadGen's LoadSamplesToRam means
    it; without, a sample's bytes go over the line with its query, and are part of what the host
    times. ``book``, where there is one, is asked first and given every answer. ``input_format`` is
    what inputs without a slot are sent as. ``sequence`` knows in which order samples must be run
    where the model keeps a state.

    Raises
    ------
    DeviceMismatch
        If the device says that it holds another model, or takes other inputs.
    """

    def __init__(
        self, model: Model, device: Device, port: str, *, needs_timestamps: bool = True
    ) -> None:
        facts = model.facts
        self._model, self._device = model, device
        alignment = alignment_of((*facts.inputs, *facts.outputs))
        self._inputs = parts_of(facts.inputs, alignment)
        self._outputs = parts_of(facts.outputs, alignment)
        self._needs_timestamps = needs_timestamps
        self.input_format: InputFormat = "auto"
        self._rows: dict[int, bytes] = {}
        self._wire_rows: dict[int, bytes] = {}
        self._homes: dict[int, int] = {}  # which slot a sample belongs into
        self.book: AnswerBook | None = None
        device.expect_outputs(
            sum(each.elements for each in facts.outputs), block_bytes(self._outputs)
        )
        self.sequence = SampleSequence(device, keeps_state=facts.keeps_state)
        _check_model(model, device, block_bytes(self._inputs))
        identity = device.identity
        version = identity.profile or "unknown"
        if engine := identity.engine:
            version += f", engine {engine}"
        self.description = SutDescription(
            name=identity.name or "device",
            runtime=f"serial device {port}",
            runtime_version=version,
            settings=RuntimeSettings(instance_kind="threads"),
            delegates=(),
            clock=DEVICE_CLOCK,
            loaded_samples=device.slot_count,
        )
        self._inference = Inference(np.zeros((1, self._stride), np.uint8))

    @property
    def _stride(self) -> int:
        return max(SCORE_BYTES, self._outputs_bytes)

    @property
    def _outputs_bytes(self) -> int:
        """Of all outputs, one behind the other."""
        return sum(each.tensor.size_bytes for each in self._outputs)

    @property
    def lanes(self) -> Sequence[DeviceSut]:
        """Itself: a line carries one thing at a time."""
        return (self,)

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Encode samples; put into the device's slots what they can hold."""
        for index, row in encode_samples(samples, self._model.facts.inputs).items():
            self._rows[index] = block_of(self._inputs, row)
            self._wire_rows[index] = self.wire_row(samples[index])
            if len(self._homes) < self._device.slot_count and not self._is_known(index):
                self._homes[index] = len(self._homes)
                device = self._device
                device.repaired(partial(self._fill, index), f"sample {index} for its slot")

    def wire_row(self, sample: Sample) -> bytes:
        """Return a sample as it goes over the line."""
        return wire_block(self._inputs, sample, self.input_format)

    def _is_known(self, index: int) -> bool:
        return self.book is not None and index in self.book.answers

    def _fill(self, index: int) -> None:
        """Load a sample into its slot, if it is not there: a reboot empties them."""
        slot = self._homes[index]
        if self._device.slots.get(slot) != index:
            self._device.load_slot(slot, self._rows[index])
            self._device.slots[slot] = index

    def unload(self, indices: Sequence[int]) -> None:
        """Let samples go."""
        for index in () if self.sequence.is_followed else indices:  # they may be run again
            self._rows.pop(index, None)
            self._wire_rows.pop(index, None)
        self._homes.clear()
        self._device.slots.clear()

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples; see `Lane`. ``invoke_ns`` is by the device's clock."""
        answers = [answer for run in self._runs(indices) for answer in self._answers(run)]
        if len(answers) > len(self._inference.outputs):
            self._inference.rebind(np.zeros((len(answers), self._stride), np.uint8))
        # One size for all: a device that gives a score gives it every time.
        size = len(answers[0].output)
        self._inference.stride = size
        flat = self._inference.outputs.reshape(-1)
        for number, answer in enumerate(answers):
            flat[number * size : (number + 1) * size] = np.frombuffer(answer.output, np.uint8)
        self._inference.invoke_ns = 1000 * sum(answer.device_us for answer in answers)
        return self._inference

    def _runs(self, indices: Sequence[int]) -> list[list[int]]:
        """Cut queries into runs that one command can do: samples in slots that follow."""
        places = self._homes
        runs: list[list[int]] = []
        for index in indices:
            last = places.get(runs[-1][-1]) if runs else None
            follows = index == runs[-1][-1] + 1 if runs and self.sequence.is_followed else True
            is_next = last is not None and places.get(index) == last + 1
            if is_next and follows and not self._is_known(index):
                runs[-1].append(index)
            else:
                runs.append([index])
        return runs

    def _answers(self, run: list[int]) -> list[Answer]:
        if self.book is not None and self._is_known(run[0]):
            return [self.book.answers[run[0]]]
        device = self._device
        what = f"sample {run[0]}"
        if len(run) > 1:
            what = f"samples {run[0]} to {run[-1]}"
            whole = device.attempted(lambda: self._once(run), what)
            if whole is None:
                # Of many outputs one is damaged each time on a noisy line: ask for them singly.
                return [answer for index in run for answer in self._answers([index])]
            found = whole
        else:
            found = device.repaired(lambda: self._once(run), what)
        answers = [self._answer(found, number) for number in range(len(run))]
        if self.book is not None:
            for index, answer in zip(run, answers, strict=True):
                self.book.add(index, answer)
        return answers

    def _once(self, run: list[int]) -> Timed:
        if not self.sequence.is_followed:
            return self._run(run)
        for earlier in self.sequence.to_replay(run[0]):
            self._run([earlier])
        found = self._run(run)
        self.sequence.done(run[-1])
        return found

    def _run(self, run: list[int]) -> Timed:
        device = self._device
        if run[0] not in self._homes:
            device.load(self._wire_rows[run[0]])
            return device.infer(timestamps=self._needs_timestamps)
        for index in run:
            self._fill(index)
        return device.run_slots(self._homes[run[0]], [self._rows[index] for index in run])

    def _answer(self, timed: Timed, number: int) -> Answer:
        output = self.output_of(timed, number)
        return Answer(output, timed.device_us // timed.count, timed.results)

    def output_of(self, timed: Timed, number: int = 0) -> bytes:
        """Return an output in the model's own numbers; a score as a float32.

        Raises
        ------
        DeviceMismatch
            If it has not as many values as the model's output.
        """
        if not timed.outputs:
            return self._stored(timed.results, timed.texts)
        output = timed.outputs[number]
        if len(output) != block_bytes(self._outputs):
            raise DeviceMismatch(
                f"the device's output has {len(output)} bytes, {self._model.label}'s has "
                f"{block_bytes(self._outputs)}"
            )
        return b"".join(output[each.offset : each.end] for each in self._outputs)

    def _stored(self, results: tuple[float, ...], texts: tuple[str, ...]) -> bytes:
        """Turn printed results into the model's own numbers."""
        values = np.asarray(results, np.float32)
        sizes = [each.tensor.elements for each in self._outputs]
        if values.size == sum(sizes):
            each_output = np.split(values, np.cumsum(sizes)[:-1])
            pairs = zip(self._outputs, each_output, strict=True)
            return b"".join(part.tensor.encode(own).tobytes() for part, own in pairs)
        # MLPerf Tiny's anomaly detector tells the error of an autoencoder's output.
        if values.size == 1 and sizes == [each.tensor.elements for each in self._inputs]:
            return values.tobytes()
        raise DeviceMismatch(
            f"the device gives {values.size} results, {self._model.label} has "
            f"{sum(sizes)}: it printed {quoted(','.join(texts), keeps_end=False)}. Is "
            "it another model, or does it write decimal commas?"
        )

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Turn a sample's outputs into real values; a score stays as it is."""
        if len(output) == self._outputs_bytes:
            return decoded([each.tensor for each in self._outputs], output)
        if len(output) == SCORE_BYTES:
            return (np.frombuffer(output, np.float32),)
        raise SutFailed(f"{len(output)} bytes of output, not {self._outputs_bytes}")


def _lines_of(path: Path) -> list[str]:
    """Return a text's lines; none of a file that is not there yet."""
    try:
        require_plain_file(path)
    except FileNotFoundError:
        return []
    return path.read_text(encoding="ascii", errors="replace").splitlines()


def _check_model(model: Model, device: Device, input_bytes: int) -> None:
    extensions = device.identity.extensions
    if extensions is None:
        return
    theirs, ours = extensions.values.get("model", ""), model.sha256[:8]
    if theirs and theirs != ours:
        raise DeviceMismatch(
            f"the device holds another {device.identity.model}: its .tflite's SHA-256 begins with "
            f"{theirs}, that of {model.label} with {ours}"
        )
    size = extensions.number("input")
    if size and size != input_bytes:
        raise DeviceMismatch(
            f"the device takes {size} bytes of input, {model.label} takes {input_bytes}"
        )
