"""From what a user calls a model to a file that has been checked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from edgebench.datasets.dataset import Sample
from edgebench.errors import ModelInvalid, ModelNotFound, UsageError
from edgebench.files.digest import sha256_of
from edgebench.files.presence import exists, is_file
from edgebench.files.refusals import refusal
from edgebench.models.card import ModelCard, load_model_card
from edgebench.models.packages.pulled import PACKAGES, package_of, pulled_files
from edgebench.models.tflite.flatbuffer.reading import is_tflite, unpacked
from edgebench.models.tflite.flatbuffer.rewrite import bring_to_front, packed
from edgebench.models.tflite.inspect import ModelFacts, read_model
from edgebench.models.tflite.shapes import shape_text
from edgebench.registry import card_files, changed_file_advice
from edgebench.runtimes.contract import TFLITE, ExternalReader
from edgebench.runtimes.drivers import model_readers
from edgebench.text.brief import Brief
from edgebench.text.call_text import call_text
from edgebench.text.printable import excerpt


@dataclass(frozen=True, repr=False)
class Model(Brief):
    """A model that is about to be run: its file, checked, and its card if it has one.

    ``content`` is the bytes that were hashed and inspected; those are what a runtime is given,
    so that a file changed in between can't slip in.

    Attributes
    ----------
    sha256
        Of the file; where it keeps weights in others, of the file's content and theirs.
    external_bytes
        The size of those other files.
    content
        What a runtime is given: the file's bytes, with the graph that is measured as the first.
    signature
        The one that was asked for; None: `facts.signature` is the default one.
    sized
        The facts at the shapes that a model with open dimensions is measured at; None: as the
        file has them. See `edgebench.models.sizing`.
    format
        The ending of its kind of file, such as ``.tflite``.
    example
        A sample that it is run with first, in real values; None: one is made up.
    until
        The op before which it was cut off, its number and name; empty: it is whole.
    is_tried
        Whether no child process need try it first: it is a part of a model that was tried.
    """

    name: str
    variant: str
    path: Path
    sha256: str
    content: bytes
    card: ModelCard | None
    signature: str | None = None
    sized: ModelFacts | None = None
    format: str = TFLITE
    example: Sample | None = field(default=None, compare=False, repr=False)
    until: str = ""
    is_tried: bool = field(default=False, compare=False, repr=False)
    external_bytes: int = 0

    @cached_property
    def facts(self) -> ModelFacts:
        """The facts of the file, at the shapes that were chosen, if some were."""
        if self.sized is not None:
            return self.sized
        if self.format != TFLITE:
            return self._facts_by_its_runtime()
        return read_model(self.content, str(self.path), self.signature)

    def _facts_by_its_runtime(self) -> ModelFacts:
        if self.signature is not None:
            raise UsageError(
                f"`signature`: {self.path} is a {self.format} file, which has none",
                field="signature",
                value=self.signature,
            )
        return model_readers()[self.format].read_model(self.content, str(self.path))

    @property
    def size_bytes(self) -> int:
        """Of its file and of those that have its weights."""
        return len(self.content) + self.external_bytes

    @property
    def measured_as(self) -> str:
        """The part of it that is measured, where that is a choice: a signature, a shape, a part."""
        facts = self.facts
        words = [f"signature {facts.signature}"] if len(facts.signatures) > 1 else []
        if self.sized is not None:
            named = zip(facts.input_names, facts.inputs, strict=True)
            words += [f"{name} {shape_text(tensor.shape)}" for name, tensor in named]
        if self.until:
            words.append(f"until op {self.until}")
        return ", ".join(words)

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"{self.name}:{self.variant}" if self.card else self.name

    @property
    def spec(self) -> str:
        """The name that a user gives: a card's variant, or the file; `resolve_model` takes it."""
        return self.label if self.card else str(self.path)


def resolve_model(spec: str, signature: str | None = None) -> Model:
    """Find a model.

    Parameters
    ----------
    spec
        A card's name (``kws-ds-cnn``: its default variant), a name and a variant
        (``kws-ds-cnn:float32``), a package that was pulled (``mlperf-tiny/kws``: its int8 model),
        or the path of a .tflite file.
    signature
        The signature to measure; ``serving_default`` if None and there is one, else the first.

    Raises
    ------
    ModelNotFound
        If it is neither a card nor a file, or was not pulled yet.
    ModelInvalid
        If the file is damaged, or is not the one that its card tells of.
    UsageError
        If the model has no such signature.
    """
    return _at_front(replace(_found(spec), signature=signature))


def _at_front(model: Model) -> Model:
    """Return a model whose first graph is the one that is measured: runtimes run the first."""
    subgraph = model.facts.subgraph
    if not subgraph:
        return model
    changed = unpacked(model.content, str(model.path))
    bring_to_front(changed, subgraph)
    return replace(model, content=packed(changed))


def _found(spec: str) -> Model:
    name, _, variant = spec.partition(":")
    cards = card_files("models")
    if name in cards:
        return _from_card(load_model_card(cards[name]), variant)
    path = Path(spec)
    if is_file(path):
        return _from_file(path)
    if package_of(spec):
        return _from_package(package_of(spec), variant)
    raise _not_found(spec, path, (*cards, *PACKAGES.values()))


def _from_card(card: ModelCard, variant_name: str) -> Model:
    chosen = variant_name or card.default_variant
    variant = card.variants.get(chosen)
    if variant is None:
        known = [f"{card.name}:{each}" for each in card.variants]
        raise ModelNotFound.unknown("model", f"{card.name}:{variant_name}", known)
    content = _read(variant.file, variant.package)
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != variant.sha256:
        raise ModelInvalid(
            f"{variant.file}: its SHA-256 is {sha256}, the card says {variant.sha256}; "
            f"{changed_file_advice(variant.file)}, or give the file's path to run it without a card"
        )
    return Model(card.name, chosen, variant.file, sha256, content, card)


def _from_package(package: str, variant: str) -> Model:
    models = [_from_file(path) for path in pulled_files(package)]
    wanted = (variant,) if variant else ("int8", "uint8")
    for model in models:
        if model.variant in wanted:
            return model
    if models:
        known = [f"{package}:{each.variant}" for each in models]
        raise ModelNotFound.unknown("model", f"{package}:{variant}", known)
    raise ModelNotFound(
        f"{package}: it is not here yet; {call_text('pull', package)} fetches it", field="model"
    )


def _from_file(path: Path) -> Model:
    content = _read(path)
    kind = _format_of(content, path)
    others = _external_files(kind, content, path)
    model = Model(
        path.stem,
        variant="",
        path=path,
        sha256=_digest(content, others),
        content=content,
        card=None,
        format=kind,
        external_bytes=sum(file.stat().st_size for file in others),
    )
    return replace(model, variant=model.facts.inputs[0].type_name.lower())


def _external_files(kind: str, content: bytes, path: Path) -> Sequence[Path]:
    reader = None if kind == TFLITE else model_readers()[kind]
    if not isinstance(reader, ExternalReader):
        return ()
    try:
        return reader.external_files(content, path)
    except ModelInvalid:  # it can still be shown; opening it says what is wrong
        return ()


def _digest(content: bytes, others: Sequence[Path]) -> str:
    """Return the SHA-256 of a file; with others, that of the digests of all, in their order."""
    own = hashlib.sha256(content)
    if not others:
        return own.hexdigest()
    try:
        digests = [own.hexdigest(), *map(sha256_of, others)]
    except OSError as error:
        raise ModelInvalid(f"its weights can't be read: {error}") from error
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _format_of(content: bytes, path: Path) -> str:
    """Return a file's format: its ending's where a runtime reads that, else .tflite."""
    ending = path.suffix.lower()
    if ending in ("", TFLITE) or is_tflite(content):
        return TFLITE
    return ending if ending in model_readers() else TFLITE


def _read(path: Path, package: str = "") -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        advice = f"; `edgebench pull {package}` fetches it" if package else ""
        raise ModelNotFound(f"{path}: can't be read: {refusal(error)}{advice}") from error


def _not_found(spec: str, path: Path, names: tuple[str, ...]) -> ModelNotFound:
    if not spec:
        return ModelNotFound("`model` is empty; name a card or a .tflite file", field="model")
    if exists(path):
        what = "a folder" if path.is_dir() else "no regular file"
        return ModelNotFound(
            f"{spec} is {what}; a model is a .tflite file or the name of a card", field="model"
        )
    if "://" in spec:
        return ModelNotFound(
            f"{excerpt(spec)} is an address; download the file and name it", field="model"
        )
    if path.suffix in (TFLITE, *model_readers()) or len(path.parts) > 1:
        return ModelNotFound(f"{excerpt(spec)}: there is no such file", field="model")
    return ModelNotFound.unknown("model", spec, names, otherwise="name a .tflite file")
